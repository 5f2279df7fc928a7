/**
 * The two mails of a delivery (5.2, 5.3): Italian texts; neither discloses anything of the other except the archive's
 * name. They request the short delivery receipt, which does not return archive and password to the sender's mailbox.
 */
import { romeDateTime } from '../platform/clock.js';
import type { Mail } from '../platform/mail/index.js';
import type { Part } from './model.js';

export interface Contents {
  readonly part: Part;
  readonly messageId: string;
  readonly takenAt: Date;
  readonly recipient: string;
  readonly fileName: string;
  /** Loaded only for the mail of the archive. */
  readonly archive: Buffer | null;
  readonly password: string | null;
}

/** DM 2-11-2005: `sintetica` leaves the original message out of the receipt of delivery. */
const SHORT_RECEIPT = { 'X-TipoRicevuta': 'sintetica' };

/** `statistiche-test-sierologici-20261122-1015.zip`, in Rome's time. */
export function archiveName(takenAt: Date): string {
  const stamp = romeDateTime(takenAt).slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-');
  return `statistiche-test-sierologici-${stamp}.zip`;
}

/** @throws Error when the delivery no longer holds the content */
export function mailOf(contents: Contents, from: string): Mail {
  const { part, messageId, takenAt, recipient, fileName, archive, password } = contents;
  const local = romeDateTime(takenAt);
  const when = `${local.slice(8, 10)}/${local.slice(5, 7)}/${local.slice(0, 4)} ${local.slice(11, 16)}`;
  const common = { messageId, date: takenAt, from, to: recipient, headers: SHORT_RECEIPT };
  if (part === 'archive' && archive !== null) {
    return {
      ...common,
      subject: `Statistiche test sierologici del ${when} - archivio (1 di 2)`,
      text: `Si trasmette l'archivio ${fileName} con le statistiche sui test sierologici del personale scolastico
aggiornate al ${when}.

L'archivio è protetto con cifratura AES-256: si apre con 7-Zip, WinZip o Keka; la funzione integrata di alcuni sistemi
operativi non è sufficiente. La password segue con un messaggio separato.
`,
      attachments: [{ name: fileName, contentType: 'application/zip', content: archive }],
    };
  }
  if (part === 'password' && password !== null) {
    return {
      ...common,
      subject: `Statistiche test sierologici del ${when} - password (2 di 2)`,
      text: `La password dell'archivio ${fileName}, trasmesso con messaggio separato, è:

${password}

È composta da 24 caratteri; maiuscole e minuscole sono distinte. Vale per questo solo archivio.
`,
    };
  }
  throw new Error('the delivery no longer holds what is to be sent');
}
