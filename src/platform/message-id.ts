/** Ids of mails (RFC 5322, 3.6.4). Separate from platform/mail, whose libraries few processes load. */
import { randomUUID } from 'node:crypto';

/** Uses the sender's domain. @param from an address */
export function newMessageId(from: string): string {
  return `<${randomUUID()}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}
