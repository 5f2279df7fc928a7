/** Builds a message as bytes (RFC 5322): a text, and files if any. The caller decides the content. */
import MailComposer from 'nodemailer/lib/mail-composer';

export interface Mail {
  /** With its angle brackets; the same at every attempt, so that a recipient recognises a duplicate. */
  readonly messageId: string;
  readonly date: Date;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly attachments?: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly content: Uint8Array;
  }[];
}

export function composeMail(mail: Mail): Promise<Buffer> {
  const { messageId, date, from, to, subject, text, headers = {}, attachments = [] } = mail;
  return new MailComposer({
    ...{ messageId, date, from, to, subject, text },
    headers: { ...headers },
    attachments: attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content: Buffer.from(content),
    })),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}
