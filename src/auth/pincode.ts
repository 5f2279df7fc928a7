/**
 * The pincode on the wire: base64 of its RSA encryption with the published certificate [contract]. An undecryptable
 * one yields a random text: it takes the same steps and time to the same refusal as a wrong pincode.
 */
import { constants, createPrivateKey, privateDecrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export const PINCODE_ALGORITHMS = ['RSA-PKCS1-V1_5', 'RSA-OAEP'] as const;
export type PincodeAlgorithm = (typeof PINCODE_ALGORITHMS)[number];

export type DecryptPincode = (encrypted: string, algorithm: PincodeAlgorithm) => string;

const MINIMUM_BITS = 2048;

/**
 * @param pem the private key of the published pincode certificate
 * @throws Error when it is not an RSA key of at least 2048 bits
 */
export function pincodeDecryption(pem: string): DecryptPincode {
  const key = createPrivateKey(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < MINIMUM_BITS) {
    throw new Error(`the pincode key must be RSA of at least ${MINIMUM_BITS} bits`);
  }
  return (encrypted, algorithm) => {
    const bytes = Buffer.from(encrypted.replace(/\s+/g, ''), 'base64');
    let plain: Buffer | undefined;
    try {
      plain = algorithm === 'RSA-OAEP' ? openOaep(key, bytes) : openPkcs1(key, bytes);
    } catch {
      plain = undefined; // e.g. a block longer than the key
    }
    // Recipes in use encrypt `echo "$pin"`, with the line end: trailing white space does not count.
    return (plain ?? randomBytes(16)).toString('latin1').trimEnd();
  };
}

/** SHA-256 for hash and mask, as new toolkits do; else SHA-1, the default of PKCS#1 v2. */
function openOaep(key: KeyObject, bytes: Buffer): Buffer | undefined {
  for (const oaepHash of ['sha256', 'sha1']) {
    try {
      return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes);
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * PKCS#1 v1.5 type 2 over the raw operation, because Node 20 refuses the padding itself (CVE-2023-46809). It looks at
 * every byte whatever it finds: the time does not show where the padding is wrong.
 */
function openPkcs1(key: KeyObject, bytes: Buffer): Buffer | undefined {
  const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, bytes);
  let separator = 0;
  let bad = (block[0] ?? 1) | ((block[1] ?? 0) ^ 2);
  for (let index = 2; index < block.length; index++) {
    const isZero = block[index] === 0 ? 1 : 0;
    separator += separator === 0 ? isZero * index : 0;
  }
  bad |= separator < 10 ? 1 : 0; // at least eight bytes of padding (RFC 8017, 7.2.2)
  return bad === 0 ? block.subarray(separator + 1) : undefined;
}
