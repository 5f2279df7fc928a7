/**
 * Makes zip archives encrypted with AES-256 (WinZip AE-2), the form that 7-Zip, WinZip and Keka open. In memory: for
 * files of a mail, not for bulk. Names and sizes of the files stay readable without the password: the format is so.
 */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, configure } from '@zip.js/zip.js';

// Threads would outlive the call and gain nothing for files of some kilobytes.
configure({ useWebWorkers: false });

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

const AES_256 = 3;

/**
 * @param password not empty; the whole strength of the archive is in it (generatePassword)
 * @param modifiedAt date of every entry
 */
export async function encryptedZip(entries: readonly ZipEntry[], password: string, modifiedAt: Date): Promise<Buffer> {
  if (password === '') throw new Error('an archive without a password is no encrypted archive');
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    password,
    encryptionStrength: AES_256,
    zipCrypto: false,
    lastModDate: modifiedAt,
  });
  for (const { name, content } of entries) await zip.add(name, new Uint8ArrayReader(content));
  return Buffer.from(await zip.close());
}
