/** The input of a form: stored for its own opening only, never submitted automatically, never a secret. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { patientQueue } from '../support/doctors.js';
import { startTestPortal } from '../support/portal.js';
import type { TestPortal, Visitor } from '../support/portal.js';
import { dayFields } from '../support/portal-work.js';
import { sourceTree } from '../source-tree.js';

let portal: TestPortal;
const nextPatient = patientQueue('doctor');
const NOW = new Date('2027-05-10T10:00:00Z');
const DAY = dayFields('eseguito', '2027-05-03');

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(() => {
  portal.setNow(NOW);
});
afterAll(() => portal.stop());

const FORMS = [
  ['doctor', '/medico/proprio/test/nuovo', 'assistito', { ...DAY, controlla: '1' }],
  ['doctor', '/medico/proprio/test/piu', 'altri', { ...DAY, controlla: '1' }],
  ['doctor', '/medico/sostituti/nuovo', 'sostituto', {}],
  ['aslOperator', '/asl/test/nuovo', 'numero', DAY],
] as const;

describe.each(FORMS)('as %s, %s', (role, path, field, rest) => {
  const typed = () => (field === 'numero' ? '86421' : nextPatient());

  test('opened by a link is empty, whatever was entered before', async () => {
    const visitor = await portal.signedIn(role);
    const value = typed();
    const first = await visitor.open(path);
    await visitor.post(first.at, { ...rest, [field]: value });
    const next = await visitor.open(path);
    expect([next.status, next.text.includes(value), next.text.includes('Errore')]).toEqual([200, false, false]);
  });

  test('refused: Back, reload and the URL restore input and problems', async () => {
    const visitor = await portal.signedIn(role);
    const value = field === 'numero' ? '12x' : 'NESSUNO';
    const first = await visitor.open(path);
    const answer = await visitor.post(first.at, { [field]: value, controlla: '1' });
    expect(answer.status).toBe(303);
    const shown = await visitor.open(answer.location ?? '');
    expect([shown.status, shown.text.includes(value), shown.text.includes('id="errori"')]).toEqual([422, true, true]);
    expect((await visitor.get(shown.at)).text).toContain(value);
    expect(shown.at).not.toContain(value);
    // Entered again correctly, it has no problem any more.
    if (field === 'sostituto') return;
    await visitor.post(shown.at, { ...rest, [field]: typed() });
    expect((await visitor.get(shown.at)).status).toBe(200);
  });
});

test('«Modifica» and Back restore the input; another row of the list has its own person', async () => {
  const doctor = await portal.signedIn('doctor');
  const [one, other] = [nextPatient(), nextPatient()];
  const ofOne = await doctor.fill('/medico/proprio/test/nuovo', { assistito: one });
  const check = await doctor.fill(ofOne.at, { ...DAY, assistito: one, controlla: '1' });
  const [, change = ''] = /<a class="btn btn-outline-primary" href="([^"]+)"/.exec(check.text) ?? [];
  expect(change).toBe(ofOne.at);
  expect((await doctor.get(change)).text).toContain(`value="${one}"`);
  const ofOther = await doctor.fill('/medico/proprio/test/nuovo', { assistito: other });
  expect([ofOther.text.includes(other), ofOther.text.includes(one)]).toEqual([true, false]);
  // The first window continues with its own draft.
  expect((await doctor.get(check.at)).text).toContain(one);
});

const TERM = { ...dayFields('dal', '2027-05-20'), ...dayFields('al', '2027-05-21') };
const secretsOf = (role: 'secondDoctor' | 'substitute') => {
  const { password, pincode } = portal.account(role);
  return { 'password-attuale': password, 'pincode-attuale': pincode };
};

/** Every form with a draft: a value that it refuses, where its act is sent, and what with. */
const ACTS = [
  [
    'doctor',
    '/medico/proprio/test/nuovo',
    { assistito: 'NESSUNO' },
    '/medico/proprio/test/conferma',
    () => ({ ...DAY, assistito: nextPatient() }),
  ],
  [
    'doctor',
    '/medico/proprio/test/piu',
    { altri: 'NESSUNO' },
    '/medico/proprio/test/piu/conferma',
    () => ({ ...DAY, altri: nextPatient(), invio: randomUUID() }),
  ],
  [
    'doctor',
    '/medico/sostituti/nuovo',
    { sostituto: 'NESSUNO' },
    '/medico/sostituti/conferma',
    () => ({ ...TERM, sostituto: portal.account('substitute').codiceFiscale }),
  ],
  [
    'aslOperator',
    '/asl/test/nuovo',
    { numero: '12x' },
    '/asl/test/conferma',
    () => ({ ...DAY, numero: '7', invio: randomUUID() }),
  ],
  ['coded', '/accesso/profilo', { ruolo: 'nessuno' }, '/accesso/profilo', () => ({ ruolo: 'doctor' })],
  [
    'secondDoctor',
    '/profilo/email',
    { email: 'nessuno@' },
    '/profilo/email',
    () => ({ ...secretsOf('secondDoctor'), email: 'medico@example.it' }),
  ],
  [
    'secondDoctor',
    '/profilo/password',
    { password: 'breve' },
    '/profilo/password',
    () => ({ ...secretsOf('secondDoctor'), password: 'una frase da ricordare' }),
  ],
  [
    'substitute',
    '/profilo/pincode',
    { pincode: '12' },
    '/profilo/pincode',
    () => ({ ...secretsOf('substitute'), pincode: '4082913756' }),
  ],
] as const;

test.each(ACTS)('as %s, %s: refused, then done: the draft is deleted', async (role, path, wrong, act, fields) => {
  const { userId } = portal.account(role);
  if (role === 'coded') await portal.db.query(`INSERT INTO auth.capacity VALUES ($1, 'asl_operator')`, [userId]);
  const visitor = await portal.signedIn(role);
  const opened = await visitor.open(path);
  const isProfile = path.startsWith('/profilo');
  const refused = await visitor.fill(opened.at, { ...(isProfile ? fields() : {}), ...wrong, controlla: '1' });
  expect([refused.status, refused.at.split('?')[0]]).toEqual([422, path]);
  const id = refused.at.slice(refused.at.indexOf('?'));
  const done = await visitor.fill(act + id, fields());
  expect([done.status, done.at.split('?')[0] === path]).toEqual([200, false]);
  const back = await visitor.get(refused.at);
  expect([back.status, back.text.includes('Errore')]).toEqual([200, false]);
  const kept = await portal.db.query<unknown[]>(
    'SELECT 1 FROM auth.session WHERE user_id = $1 AND kept::text LIKE $2',
    [...[userId, `%${path} ${id.split('=')[1] ?? ''}%`]],
  );
  expect(kept).toEqual([]);
});

test('no other file has drafts', async () => {
  const users = [...(await sourceTree('src/portal'))].filter(([, text]) => /\bdraftOf\(visit/.test(text));
  expect(users.filter(([, text]) => !/\bdraft\.forget\(/.test(text)).map(([file]) => file)).toEqual([]);
  const folders = users.map(([file]) => file.replace(/^src\/portal\/|\/[^/]+$/g, ''));
  expect(folders.sort()).toEqual([
    ...['asl/tests', 'doctor/report', 'doctor/several', 'doctor/substitutions', 'profile', 'sign-in'],
  ]);
});

test('a draft belongs to its session', async () => {
  const doctor = await portal.signedIn('doctor');
  const person = nextPatient();
  const form = await doctor.fill('/medico/proprio/test/nuovo', { assistito: person });
  const other = await portal.signedIn('doctor');
  expect((await other.get(form.at)).text).not.toContain(person);
});

test('a refused change of secrets stores no secret', async () => {
  const doctor = await portal.signedIn('doctor');
  const { pincode } = portal.account('doctor');
  const fields = { 'password-attuale': 'sbagliata di certo', 'pincode-attuale': pincode, password: 'una frase lunga' };
  const answer = await doctor.fill('/profilo/password', fields);
  expect([answer.status, answer.text.includes('non sono corretti')]).toEqual([422, true]);
  const [row] = await portal.db.query<[{ kept: string }]>(
    `SELECT string_agg(kept::text, ' ') AS kept FROM auth.session`,
  );
  for (const secret of [fields['password-attuale'], fields['pincode-attuale'], fields.password])
    expect(row.kept).not.toContain(secret);
});

describe('a form that is submitted after the session has ended', () => {
  const SAID = 'La sessione era finita: quello che avevi scritto non è stato inviato';
  const again = (role: 'doctor' | 'aslOperator') => {
    const { userId: utente, password, pincode } = portal.account(role);
    return { utente, password, pincode };
  };
  const hidden = (text: string) =>
    Object.fromEntries(
      [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
        ...[name, value],
      ]),
    ) as Record<string, string>;
  const testsOf = async (person: string) =>
    (await portal.db.query<unknown[]>('SELECT 1 FROM screening.test_submission WHERE person = $1', [person])).length;

  async function afterTheEnd(visitor: Visitor, path: string, fields: Record<string, string>) {
    portal.setNow(new Date(NOW.getTime() + 31 * 60_000));
    return visitor.fill(path, fields);
  }

  test('is not accepted: the sign-in page reports this, and once more the first page after it', async () => {
    const doctor = await portal.signedIn('doctor');
    const person = nextPatient();
    const check = await doctor.fill('/medico/proprio/test/nuovo', { ...DAY, assistito: person, controlla: '1' });
    const signIn = await afterTheEnd(doctor, check.at, hidden(check.text));
    expect([signIn.at.split('?')[0], signIn.text.includes(SAID)]).toEqual(['/accesso', true]);
    const wrong = await doctor.fill('/accesso', { ...hidden(signIn.text), ...again('doctor'), pincode: '1' });
    const back = await doctor.fill('/accesso', { ...hidden(wrong.text), ...again('doctor') });
    expect([back.at.split('?')[0], back.text.includes(SAID)]).toEqual(['/medico/proprio/test/nuovo', true]);
    expect(back.text).not.toContain(person);
    expect((await doctor.get(back.at)).text).not.toContain(SAID); // shown once
    expect(await testsOf(person)).toBe(0);
  });

  test('to a page that only accepts forms: the sign-in page reports this', async () => {
    const doctor = await portal.signedIn('doctor');
    const signIn = await afterTheEnd(doctor, '/profilo/sessioni', {});
    expect(signIn.text).toContain(SAID);
    const home = await doctor.fill('/accesso', { ...hidden(signIn.text), ...again('doctor') });
    expect([home.at, home.text.includes(SAID)]).toEqual(['/medico', true]);
  });

  test('a page that is only opened is not reported', async () => {
    const operator = await portal.signedIn('aslOperator');
    portal.setNow(new Date(NOW.getTime() + 31 * 60_000));
    const signIn = await operator.open('/asl/test');
    expect(signIn.text).not.toContain(SAID);
    const list = await operator.fill('/accesso', { ...hidden(signIn.text), ...again('aslOperator') });
    expect([list.at, list.text.includes(SAID)]).toEqual(['/asl/test', false]);
  });

  test('a link cannot cause this message during a session', async () => {
    const doctor = await portal.signedIn('doctor');
    expect((await doctor.get('/medico?non-inviato=1')).text).not.toContain(SAID);
  });
});
