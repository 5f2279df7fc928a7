/**
 * The provider of certified mail behind Postfix and Dovecot: reads the recipient's mail and puts receipts into the
 * sender's mailbox by IMAP, in the form of DM 2-11-2005: signed multiparts with long folded headers.
 */
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { FOLDER, PASSWORD, RECIPIENT, SENDER } from './servers.js';

/** The recipient's mail, the oldest first. */
export async function arrivalsIn(maildir: string): Promise<readonly Email[]> {
  const names = await readdir(maildir).catch(() => []);
  const mails = await Promise.all(names.map(async (name) => PostalMime.parse(await readFile(join(maildir, name)))));
  return mails.sort((one, other) => (one.subject ?? '').localeCompare(other.subject ?? ''));
}

export interface ProviderMailbox {
  receipt(kind: string, about: string): Promise<void>;
  /** Other people's mail, and receipts about other messages. */
  fill(count: number): Promise<void>;
  /** UIDs of mails that are marked as seen. */
  seen(): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function openProviderMailbox(port: number, ca: string): Promise<ProviderMailbox> {
  const client = new ImapFlow({
    ...{ host: 'localhost', port, secure: true, tls: { ca }, logger: false },
    auth: { user: SENDER, pass: PASSWORD },
  });
  await client.connect();
  const append = async (text: string): Promise<void> => {
    await client.append(FOLDER, Buffer.from(text.replaceAll('\n', '\r\n'), 'utf8'));
  };
  return {
    receipt: (kind, about) => append(receiptOf(kind, about)),
    async fill(count) {
      for (let index = 0; index < count; index++) {
        await append(
          index % 2 === 0 ? receiptOf('accettazione', `<altro-${index}@pec.sistema.example>`) : other(index),
        );
      }
    },
    async seen() {
      await client.mailboxOpen(FOLDER, { readOnly: true });
      const uids = await client.search({ seen: true }, { uid: true });
      await client.mailboxClose();
      return uids === false || uids === undefined ? [] : uids;
    },
    async close() {
      await client.logout();
    },
  };
}

function receiptOf(kind: string, about: string): string {
  const outer = randomUUID();
  return `X-Ricevuta: ${kind}
Date: Sun, 22 Nov 2026 10:16:00 +0100
Subject: ${kind.toUpperCase()}: Statistiche test sierologici
From: posta-certificata@pec.gestore.example
To: ${SENDER}
Message-ID: <opec${randomUUID()}@pec.gestore.example>
X-Riferimento-Message-ID:
 ${about}
MIME-Version: 1.0
Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg=sha-256;
 boundary="${outer}"

--${outer}
Content-Type: multipart/mixed; boundary="in-${outer}"

--in-${outer}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Il giorno 22/11/2026 alle ore 10:16:00 (+0100) il messaggio =C3=A8 stato trattato: ${kind}.

--in-${outer}
Content-Type: application/xml; name="daticert.xml"
Content-Disposition: inline; filename="daticert.xml"

<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="${kind}" errore="nessuno"><intestazione><mittente>${SENDER}</mittente>
<destinatari tipo="certificato">${RECIPIENT}</destinatari></intestazione>
<dati><msgid>${about.replace('<', '&lt;').replace('>', '&gt;')}</msgid></dati></postacert>

--in-${outer}--

--${outer}
Content-Type: application/x-pkcs7-signature; name="smime.p7s"
Content-Transfer-Encoding: base64

MAA=
--${outer}--
`;
}

function other(index: number): string {
  return `X-Trasporto: posta-certificata
From: "Per conto di: qualcuno@pec.example" <posta-certificata@pec.gestore.example>
To: ${SENDER}
Subject: POSTA CERTIFICATA: ${index}
Message-ID: <${randomUUID()}@pec.gestore.example>

Testo.
`;
}
