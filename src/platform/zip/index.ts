/** Archives that only their recipient can open. Knows no domain. */
export { encryptedZip } from './archive.js';
export { generatePassword } from './password.js';
