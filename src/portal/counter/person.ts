/**
 * The person at the counter, from the look-up to the receipt. The session has it encrypted under the browser's token: the
 * TS database does not learn for whom an opposition is expressed [O-4]. It never has the choice.
 */
import { randomUUID } from 'node:crypto';
import { openFor, sealFor } from '../../auth/index.js';
import type { AcknowledgedNotice } from '../../auth/index.js';
import type { SignedInVisit } from '../frame/page.js';
import { COUNTER } from './paths.js';

export interface PersonAtCounter {
  /** Codice fiscale or STP code. */
  readonly subject: string;
  /** Random id of this look-up: what is expressed after it is known by it. */
  readonly visit: string;
  readonly acknowledged?: AcknowledgedNotice | undefined;
}

const USE = 'counter';
const FIELD = 'sigillo';

export function keepPerson({ session, keep }: SignedInVisit, person: PersonAtCounter): Promise<void> {
  return keep(COUNTER, { [FIELD]: sealFor(session.token, USE, person).toString('base64') });
}

export const newPerson = (subject: string): PersonAtCounter => ({ subject, visit: randomUUID() });

/** @returns undefined: nobody was looked up since the office was chosen */
export function personAt({ session, kept }: SignedInVisit): PersonAtCounter | undefined {
  const sealed = kept(COUNTER).typed(FIELD);
  if (sealed === '') return undefined;
  try {
    const person = openFor(session.token, USE, Buffer.from(sealed, 'base64')) as PersonAtCounter;
    const { acknowledged } = person;
    return { ...person, acknowledged: acknowledged && { ...acknowledged, at: new Date(acknowledged.at) } };
  } catch {
    return undefined; // of the token before: another role or office was chosen
  }
}
