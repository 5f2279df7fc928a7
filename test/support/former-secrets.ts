/** Secrets as releases before the one hash kept them: a scrypt each (decision 0060). */
import { randomBytes, scryptSync } from 'node:crypto';

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

function formerHash(secret: string): string {
  const salt = randomBytes(16);
  return `$scrypt$ln=4,r=8,p=1$${base64(salt)}$${base64(scryptSync(secret, salt, 32, { N: 2 ** 4, r: 8, p: 1 }))}`;
}

/** Of a cost that tests can afford. */
export const formerPair = (password: string, pincode: string) => ({
  passwordHash: formerHash(password),
  pincodeHash: formerHash(pincode),
});
