/** A message as sent: the header fields that decide how it is read, and its bytes. Stored in HTTP's format. */
export interface Message {
  readonly contentType: string;
  readonly soapAction: string | undefined;
  readonly body: Buffer;
}

const END_OF_HEADERS = '\r\n\r\n';

/** For the corpus: header fields, an empty line, the bytes. */
export function writeMessage({ contentType, soapAction, body }: Message): Buffer {
  const fields = [`Content-Type: ${contentType}`, ...(soapAction === undefined ? [] : [`SOAPAction: ${soapAction}`])];
  return Buffer.concat([Buffer.from(fields.join('\r\n') + END_OF_HEADERS, 'latin1'), body]);
}

/** @throws Error when there is no empty line after the header fields */
export function readMessage(bytes: Buffer): Message {
  const end = bytes.indexOf(END_OF_HEADERS);
  if (end < 0) throw new Error('no empty line after the header fields');
  const fields = new Map(
    bytes
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
      }),
  );
  return {
    contentType: fields.get('content-type') ?? '',
    soapAction: fields.get('soapaction'),
    body: bytes.subarray(end + END_OF_HEADERS.length),
  };
}
