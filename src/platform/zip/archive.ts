/**
 * Makes zip archives encrypted with AES-256 (WinZip AE-2), which 7-Zip, WinZip and Keka open. In memory: for
 * the files of a mail, not for bulk. The format keeps names and sizes of the files readable without the password.
 */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, configure } from '@zip.js/zip.js';

// Threads would outlive the call, without benefit for files of some kilobytes.
configure({ useWebWorkers: false });

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

const AES_256 = 3;

/**
 * @param password not empty; the archive is only as strong as it (generatePassword)
 * @param modifiedAt date of every entry
 */
export async function encryptedZip(entries: readonly ZipEntry[], password: string, modifiedAt: Date): Promise<Buffer> {
  if (password === '') throw new Error('an encrypted archive needs a password');
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    password,
    encryptionStrength: AES_256,
    zipCrypto: false,
    lastModDate: modifiedAt,
  });
  for (const { name, content } of entries) await zip.add(name, new Uint8ArrayReader(content));
  return Buffer.from(await zip.close());
}
