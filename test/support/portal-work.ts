/** Typical data in the portal, so that every page has something to show; and the visitors of each page. */
import { randomUUID } from 'node:crypto';
import { POLICY } from '../../src/auth/index.js';
import type { Page } from '../../src/portal/index.js';
import { patientsOf } from './doctors.js';
import type { Fields, TestPortal, Visitor } from './portal.js';
import { pathOf } from './portal-pages.js';

export interface Work {
  readonly doctor: Visitor;
  readonly operator: Visitor;
  readonly citizen: Visitor;
  /** The doctor's patient who was tested. */
  readonly person: string;
  /** Numbers of the test, of the substitution and of the ASL's communication. */
  readonly test: string;
  readonly substitution: string;
  readonly daily: string;
  /** Id of the form of several tests. */
  readonly several: string;
  /** A visitor whom the policy admits to a page, and an instance of its path. */
  readonly opened: (page: Page) => { readonly visitor: Visitor; readonly path: string };
}

/** Fields of a day. @param day in wire form */
export function dayFields(name: string, day: string): Fields {
  const [year = '', month = '', dayOfMonth = ''] = day.split('-');
  return { [`${name}-giorno`]: dayOfMonth, [`${name}-mese`]: month, [`${name}-anno`]: year };
}

const LATER = { from: '2027-05-20', to: '2027-05-21' };

/** @param day on which the test and the ASL's tests were executed */
export async function workOf(portal: TestPortal, day = '2027-05-03'): Promise<Work> {
  const [doctor, operator] = [await portal.signedIn('doctor'), await portal.signedIn('aslOperator')];
  const person = patientsOf('doctor')[0]?.identifier ?? '';
  const form = { assistito: person, ...dayFields('eseguito', day) };
  const receipt = await doctor.post('/medico/proprio/test/conferma', form);
  const several = randomUUID();
  const others = { scelti: patientsOf('doctor')[1]?.identifier ?? '', invio: several };
  await doctor.post('/medico/proprio/test/piu/conferma', { ...others, ...dayFields('eseguito', day) });
  const sent = { numero: '7', invio: randomUUID(), ...dayFields('eseguito', day) };
  const daily = await operator.post('/asl/test/conferma', sent);
  const term = { ...dayFields('dal', LATER.from), ...dayFields('al', LATER.to) };
  const sostituto = portal.account('substitute').codiceFiscale;
  await doctor.post('/medico/sostituti/conferma', { sostituto, ...term });
  const [row] = await portal.db.query<{ id: string }[]>('SELECT max(id) AS id FROM screening.substitution');
  const work = {
    ...{ doctor, operator, citizen: await citizenOf(portal), person, several, substitution: row?.id ?? '' },
    ...{ test: lastOf(receipt.location), daily: lastOf(daily.location) },
  };
  return {
    ...work,
    opened: (page) => {
      // Leaving for a provider ends the browser's session.
      if (page.isDeparture === true) return { visitor: portal.visitor(), path: page.path };
      if (page.access === 'citizen') return { visitor: work.citizen, path: pathOf(page) };
      const isForAsls = callersOf(page).includes('asl_operator') && !callersOf(page).includes('doctor');
      const own = page.path.startsWith('/medico/sostituti') ? work.substitution : isForAsls ? work.daily : work.test;
      return { visitor: isForAsls ? operator : doctor, path: pathOf(page, { numero: own, invio: several }) };
    },
  };
}

/** The doctor in the matter of his own data, by card: its lists of revocations hold for the machine's clock alone. */
export async function citizenOf(portal: TestPortal): Promise<Visitor> {
  const now = portal.now();
  portal.setNow(new Date());
  const visitor = portal.visitor();
  const { location: address = '' } = await visitor.get('/accesso/carta');
  const { location = '' } = await visitor.present(address, portal.card('doctor'));
  await visitor.get(location.slice(portal.url.length));
  await visitor.post('/accesso/carta/prosegui', { come: 'cittadino' });
  portal.setNow(now);
  await portal.db.query('UPDATE auth.citizen_session SET started_at = $1, last_seen_at = $1', [now]);
  return visitor;
}

function callersOf({ access }: Page): readonly string[] {
  return access === 'anybody' || access === 'signed-in' || access === 'citizen' || access === 'free-area'
    ? []
    : Object.keys(POLICY[access].callers);
}

function lastOf(location: string | undefined): string {
  const number = location?.split('/').at(-1) ?? '';
  if (!/^\d+$/.test(number)) throw new Error(`no number in ${location ?? 'no address'}`);
  return number;
}
