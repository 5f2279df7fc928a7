/** Secrets as stored by releases before the single hash: a scrypt hash each (decision 0060). */
import { randomBytes, scryptSync } from 'node:crypto';

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

function formerHash(secret: string, ln: number): string {
  const salt = randomBytes(16);
  return `$scrypt$ln=${ln},r=8,p=1$${base64(salt)}$${base64(scryptSync(secret, salt, 32, { N: 2 ** ln, r: 8, p: 1, maxmem: 2 ** (ln + 11) }))}`;
}

/** @param ln log2 of the cost: 17 in production; absent: a low one for tests */
export const formerPair = (password: string, pincode: string, ln = 4) => ({
  passwordHash: formerHash(password, ln),
  pincodeHash: formerHash(pincode, ln),
});
