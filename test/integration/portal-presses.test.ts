/** A form that is sent twice, concurrently or after Back, has one effect: every form with an effect. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { patientQueue } from '../support/doctors.js';
import { startTestPortal } from '../support/portal.js';
import type { Fields, TestPortal, Visitor } from '../support/portal.js';
import { PAGES } from '../support/portal-pages.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
const nextPatient = patientQueue('doctor');
const DAY = dayFields('eseguito', '2027-05-03');
const TERM = { ...dayFields('dal', '2027-05-10'), ...dayFields('al', '2027-05-12') };

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(async () => {
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  await portal.db.query('TRUNCATE screening.substitution');
});
afterAll(() => portal.stop());

interface Act {
  /** Path in the list of pages. */
  readonly page: string;
  readonly by: 'doctor' | 'aslOperator';
  readonly form: (visitor: Visitor) => Promise<{ readonly path: string; readonly fields: Fields }>;
  /** The effect that is counted: once, however often the form was sent. */
  readonly done: string;
}

const substitute = () => ({ sostituto: portal.account('substitute').codiceFiscale, ...TERM });
const ACTS: readonly Act[] = [
  {
    page: '/medico/:elenco/test/conferma',
    by: 'doctor',
    form: () =>
      Promise.resolve({ path: '/medico/proprio/test/conferma', fields: { assistito: nextPatient(), ...DAY } }),
    done: 'SELECT count(*)::int AS times FROM screening.test_submission',
  },
  {
    page: '/medico/:elenco/test/piu/conferma',
    by: 'doctor',
    form: () =>
      Promise.resolve({
        path: '/medico/proprio/test/piu/conferma',
        fields: { scelti: nextPatient(), invio: randomUUID(), ...DAY },
      }),
    done: 'SELECT count(*)::int AS times FROM screening.test_submission',
  },
  {
    page: '/medico/:elenco/test/:numero/annulla',
    by: 'doctor',
    async form(visitor) {
      const { location = '' } = await visitor.post('/medico/proprio/test/conferma', {
        assistito: nextPatient(),
        ...DAY,
      });
      return { path: `${location}/annulla`, fields: {} };
    },
    done: 'SELECT count(cancelled_by)::int AS times FROM screening.test_submission',
  },
  {
    page: '/medico/sostituti/conferma',
    by: 'doctor',
    form: () => Promise.resolve({ path: '/medico/sostituti/conferma', fields: substitute() }),
    done: 'SELECT count(*)::int AS times FROM screening.substitution',
  },
  {
    page: '/medico/sostituti/:numero/termina',
    by: 'doctor',
    async form(visitor) {
      await visitor.post('/medico/sostituti/conferma', substitute());
      const [row] = await portal.db.query<{ id: string }[]>('SELECT max(id) AS id FROM screening.substitution');
      return { path: `/medico/sostituti/${row?.id ?? ''}/termina`, fields: {} };
    },
    done: `SELECT count(*)::int AS times FROM audit.access_log WHERE operation = 'substitution-revoke' AND outcome = 'changed'`,
  },
  {
    page: '/asl/test/conferma',
    by: 'aslOperator',
    form: () => Promise.resolve({ path: '/asl/test/conferma', fields: { numero: '5', invio: randomUUID(), ...DAY } }),
    done: 'SELECT count(*)::int AS times FROM asl.daily_count',
  },
  {
    page: '/profilo/sessioni',
    by: 'doctor',
    async form() {
      await portal.signedIn('doctor');
      const [row] = await portal.db.query<{ id: string }[]>('SELECT max(id) AS id FROM auth.session');
      return { path: '/profilo/sessioni', fields: { sessione: row?.id ?? '' } };
    },
    done: `SELECT count(*)::int AS times FROM audit.access_log WHERE operation = 'session-end' AND outcome = 'others'`,
  },
  {
    page: '/uscita',
    by: 'doctor',
    form: () => Promise.resolve({ path: '/uscita', fields: {} }),
    done: `SELECT count(*)::int AS times FROM audit.access_log WHERE operation = 'session-end' AND outcome = '0000'`,
  },
];

/** They store input, prolong the session, or choose a role: sent again they have the same result. */
const OF_NO_ACT = [
  // Secrets and links, which are valid once: sent again, they report that they were used.
  '/accesso/recupero',
  '/attivazione/:token',
  '/conferma-indirizzo/:token',
  '/profilo/password',
  '/profilo/pincode',
  '/profilo/email',
  '/accesso/carta/prosegui',
  '/accesso',
  '/accesso/profilo',
  // Of a person whom a provider identified, and messages of providers: each is valid once.
  ...[
    '/accesso/scelta',
    '/accesso/spid/risposta',
    '/accesso/spid/uscita',
    '/accesso/cie/risposta',
    '/accesso/cie/uscita',
  ],
  '/sessione',
  '/medico/:elenco/assistiti',
  '/medico/:elenco/test/nuovo',
  '/medico/:elenco/test/piu',
  '/medico/sostituti/nuovo',
  '/asl/test/nuovo',
];

test.each(ACTS.map((act) => [act.page, act] as const))('%s', async (_, { by, form, done }) => {
  const visitor = await portal.signedIn(by);
  const { path, fields } = await form(visitor);
  const times = async () => (await portal.db.query<[{ times: number }]>(done))[0].times;
  const before = await times();
  const answers = await Promise.all(Array.from({ length: 5 }, () => visitor.post(path, fields)));
  answers.push(await visitor.post(path, fields));
  expect((await times()) - before).toBe(1);
  // Each press leads to the same page, the same receipt.
  expect(new Set(answers.map(({ status, location }) => `${status} ${location ?? ''}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(303);
});

test('every form is covered', () => {
  const forms = PAGES.filter(({ post }) => post !== undefined).map(({ path }) => path);
  const known = [...ACTS.map(({ page }) => page), ...OF_NO_ACT];
  expect(forms.filter((path) => !known.includes(path))).toEqual([]);
});

test('choosing a role twice works, and signs nobody out', async () => {
  const { userId } = portal.account('coded');
  await portal.db.query(`INSERT INTO auth.capacity VALUES ($1, 'asl_operator')`, [userId]);
  try {
    const visitor = await portal.signedIn('coded');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => visitor.post('/accesso/profilo', { ruolo: 'doctor' })),
    );
    // The cookie is renewed once; a press that comes too late does not remove it.
    const cookies = answers.flatMap(({ headers }) => headers['set-cookie'] ?? []);
    expect(cookies.filter((cookie) => !/Max-Age=0/.test(cookie))).toHaveLength(1);
    expect(cookies.filter((cookie) => /Max-Age=0/.test(cookie))).toEqual([]);
  } finally {
    await portal.db.query(`DELETE FROM auth.capacity WHERE user_id = $1 AND role = 'asl_operator'`, [userId]);
  }
});
