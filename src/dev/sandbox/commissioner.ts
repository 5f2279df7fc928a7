/**
 * The Commissioner's office in the sandbox: reads the two mails of a delivery [C-2] and opens the archive of one with
 * the password of the other. Uses only what docs/statistics.md tells the recipient.
 */
import { readFile } from 'node:fs/promises';
import { TextWriter, Uint8ArrayReader, ZipReader } from '@zip.js/zip.js';
import PostalMime from 'postal-mime';

export interface OpenedDelivery {
  readonly archiveName: string;
  /** Each file of the archive by its name; UTF-8. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether another password fails to open the archive. */
  readonly isShut: boolean;
}

/** The password is on a separate line. */
const PASSWORD_LINE = /^[A-Za-z0-9]{16,}$/m;

/**
 * @param mails paths of messages (.eml), in any order
 * @returns undefined unless there is one archive and one password among them
 * @throws Error when the password does not open the archive
 */
export async function openDelivery(mails: readonly string[]): Promise<OpenedDelivery | undefined> {
  const archives: { readonly name: string; readonly content: Uint8Array<ArrayBuffer> }[] = [];
  const passwords: string[] = [];
  for (const path of mails) {
    const { attachments, text = '' } = await PostalMime.parse(await readFile(path));
    for (const { filename, content } of attachments) {
      archives.push({ name: filename ?? '', content: bytesOf(content) });
    }
    const [password] = PASSWORD_LINE.exec(text.replaceAll('\r', '')) ?? [];
    if (password !== undefined) passwords.push(password);
  }
  const [archive, ...moreArchives] = archives;
  const [password, ...morePasswords] = passwords;
  if (archive === undefined || password === undefined || moreArchives.length + morePasswords.length > 0) {
    return undefined;
  }
  const isShut = await filesIn(archive.content, `${password}x`).then(
    () => false,
    () => true,
  );
  return { archiveName: archive.name, files: await filesIn(archive.content, password), isShut };
}

async function filesIn(archive: Uint8Array<ArrayBuffer>, password: string): Promise<Map<string, string>> {
  const zip = new ZipReader(new Uint8ArrayReader(archive), { password, useWebWorkers: false });
  const files = new Map<string, string>();
  for (const entry of await zip.getEntries()) {
    if (entry.directory || !entry.encrypted) throw new Error(`${entry.filename}: not an encrypted file`);
    files.set(entry.filename, await entry.getData(new TextWriter()));
  }
  await zip.close();
  return files;
}

function bytesOf(content: ArrayBuffer | Uint8Array | string): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
}
