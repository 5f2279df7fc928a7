/**
 * [T-1] Sign-in with user id, password and pincode: accepted forms, and that no refusal reveals which secret was wrong.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { hashSecrets } from '../../src/auth/index.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { cheapHash, testPeople } from '../support/people.js';

/** Refusals are sent at multiples of this (src/auth/password.ts). */
const BEAT_MS = 250;

let gateway: TestGateway;
let doctor: { codiceFiscale: string; userId: string; password: string; pincode: string };
let guesser = 0;

beforeAll(async () => {
  // A trusted proxy lets each call come from a different address: no test locks another's.
  gateway = await startTestGateway({ trustedProxies: ['127.0.0.1'] });
  doctor = gateway.account('doctor');
});

afterAll(() => gateway.stop());

interface Attempt {
  readonly userId?: string;
  readonly password?: string;
  /** The header block as sent; `encrypted` creates one. */
  readonly header?: string;
  readonly authorization?: string;
  readonly from?: string;
  readonly doctor?: string;
}

function attempt(changes: Attempt = {}): Promise<Reply> {
  const { userId = doctor.userId, password = doctor.password, header = encrypted(doctor.pincode) } = changes;
  const basic = `Basic ${Buffer.from(`${userId}:${password}`).toString('base64')}`;
  const asked = changes.doctor ?? doctor.codiceFiscale;
  const fields = { codiceFiscaleMedico: asked, codiceFiscaleMedicoTitolare: asked };
  return gateway.post(envelope('scaricoElencoAssistiti', fields, header), undefined, {
    Authorization: changes.authorization ?? basic,
    'X-Forwarded-For': changes.from ?? nextAddress(),
  });
}

function nextAddress(): string {
  guesser++;
  return `192.0.2.${guesser % 250}`;
}

type Padding = { readonly padding: number; readonly oaepHash?: string };
const PKCS1: Padding = { padding: constants.RSA_PKCS1_PADDING };
const oaep = (oaepHash: string): Padding => ({ padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash });

function encrypted(plain: string, padding = PKCS1, attribute = ''): string {
  const key = readFileSync(gateway.pki.pincode.certificate);
  const bytes = publicEncrypt({ key, ...padding }, Buffer.from(plain));
  return `<t:pinCode${attribute}>${bytes.toString('base64')}</t:pinCode>`;
}

const OAEP = ' algoritmo="RSA-OAEP"';
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

function isOpen(reply: Reply): void {
  expect({ status: reply.status, esito: textOf(reply, 'esito') }).toEqual({ status: 200, esito: '0000' });
}

describe('accepts', () => {
  test.each([
    ['PKCS#1 v1.5', () => encrypted(doctor.pincode)],
    ['PKCS#1 v1.5, by its name', () => encrypted(doctor.pincode, PKCS1, ' algoritmo="RSA-PKCS1-V1_5"')],
    ['a line end inside, as with `echo "$pin"`', () => encrypted(`${doctor.pincode}\n`)],
    ['white space inside, as on Windows', () => encrypted(`${doctor.pincode}\r\n `)],
    ['OAEP with SHA-256', () => encrypted(doctor.pincode, oaep('sha256'), OAEP)],
    ['OAEP with SHA-1', () => encrypted(doctor.pincode, oaep('sha1'), OAEP)],
    ['base64 in lines', () => encrypted(doctor.pincode).replace(/(\S{64})(?=[^<]{4})/, '$1\n')],
    ['a header that must be understood', () => encrypted(doctor.pincode, PKCS1, ' s:mustUnderstand="1"')],
    [
      'a header with other attributes that toolkits add',
      () =>
        encrypted(
          doctor.pincode,
          PKCS1,
          ` s:actor="" s:encodingStyle="" xmlns:s12="${SOAP_12}" s12:role="" s12:relay="0" xmlns:u="${WSU}" u:Id="id-1"`,
        ),
    ],
  ])('pincode by %s', async (_title, header) => {
    isOpen(await attempt({ header: header() }));
  });

  test('the same encryption sent twice works: it is not a one-time password', async () => {
    const header = encrypted(doctor.pincode);
    isOpen(await attempt({ header }));
    isOpen(await attempt({ header }));
  });

  test.each(['Basic ', 'Basic  ', 'basic ', 'BASIC    '])('credentials after «%s»', async (scheme) => {
    const { userId, password } = doctor;
    isOpen(await attempt({ authorization: scheme + Buffer.from(`${userId}:${password}`).toString('base64') }));
  });

  test('a user id other than the codice fiscale', async () => {
    const coded = gateway.account('coded');
    expect(coded.userId).not.toBe(coded.codiceFiscale);
    const { userId, password, pincode } = coded;
    isOpen(await attempt({ userId, password, header: encrypted(pincode), doctor: coded.codiceFiscale }));
  });

  test.each([
    ['a colon', 'due:punti:'],
    ['letters outside ASCII', 'perché-è-così-€-𐐷'],
    ['white space at its ends', '  spazi  '],
  ])('a password with %s', async (_title, password) => {
    const { codiceFiscale, userId, pincode } = gateway.account('secondDoctor');
    await setPassword(userId, password);
    isOpen(await attempt({ userId, password, header: encrypted(pincode), doctor: codiceFiscale }));
  });

  test('a password in Latin-1, as HTTP clients of .NET and Java send it; and composed or decomposed', async () => {
    const { codiceFiscale, userId, pincode } = gateway.account('secondDoctor');
    await setPassword(userId, 'caffè');
    const common = { header: encrypted(pincode), doctor: codiceFiscale };
    const latin1 = Buffer.from(`${userId}:caffè`, 'latin1').toString('base64');
    isOpen(await attempt({ ...common, authorization: `Basic ${latin1}` }));
    isOpen(await attempt({ ...common, userId, password: 'caffè'.normalize('NFD') }));
  });
});

async function setPassword(
  userId: string,
  password: string,
  cost: typeof cheapHash | undefined = cheapHash,
): Promise<void> {
  await gateway.db.query(
    'UPDATE auth.account SET secret_hash = $2, credential_version = credential_version + 1 WHERE user_id = $1',
    [userId, await hashSecrets(password, pincodeOf(userId), cost)],
  );
}

function pincodeOf(userId: string): string {
  const found = testPeople.accounts.find((account) => account.userId === userId);
  if (found === undefined) throw new Error(`no account ${userId}`);
  return found.pincode;
}

test.each([
  ['of another namespace, although of a known name', 'MESSAGGIO_NON_VALIDO', ' xmlns:x="urn:x" x:algoritmo="RSA-OAEP"'],
  ['of SOAP’s namespace but unknown to SOAP', 'MESSAGGIO_NON_VALIDO', ' s:algoritmo="RSA-OAEP"'],
  [
    'of the schema instance',
    'ATTRIBUTO_NON_AMMESSO',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"',
  ],
])('a pincode with an attribute %s is refused', async (_title, codice, attribute) => {
  const reply = await attempt({ header: encrypted(doctor.pincode, PKCS1, attribute) });
  expect({ status: reply.status, codice: textOf(reply, 'codice') }).toEqual({ status: 500, codice });
});

describe('one refusal for every wrong secret', () => {
  const wrong: readonly (readonly [string, () => Attempt])[] = [
    ['unknown user', () => ({ userId: 'NESSUNO' })],
    ['user id of 700 characters', () => ({ userId: 'N'.repeat(700) })],
    ['SQL as user id', () => ({ userId: "' OR 1=1 --" })],
    ['wrong password', () => ({ password: 'sbagliata' })],
    ['empty password', () => ({ password: '' })],
    ['wrong pincode', () => ({ header: encrypted('0000000000') })],
    ['another’s pincode', () => ({ header: encrypted(gateway.account('secondDoctor').pincode) })],
    ['empty pincode inside', () => ({ header: encrypted('') })],
    ['undecryptable pincode', () => ({ header: `<t:pinCode>${randomBytes(256).toString('base64')}</t:pinCode>` })],
    ['pincode of a few bytes', () => ({ header: '<t:pinCode>AAAA</t:pinCode>' })],
    ['pincode that is no base64 of anything', () => ({ header: '<t:pinCode>=</t:pinCode>' })],
    ['OAEP announced as PKCS#1', () => ({ header: encrypted(doctor.pincode, oaep('sha256')) })],
    ['PKCS#1 announced as OAEP', () => ({ header: encrypted(doctor.pincode, PKCS1, OAEP) })],
    ['unencrypted pincode', () => ({ header: `<t:pinCode>${doctor.pincode}</t:pinCode>` })],
  ];

  test.each(wrong)('%s', async (_title, changes) => {
    const reply = await attempt(changes());
    expect(withoutIds(reply)).toEqual(withoutIds(await attempt({ userId: 'NESSUNO' })));
    expect(textOf(reply, 'codice')).toBe('CREDENZIALI_NON_VALIDE');
    expect(textOf(reply, 'faultcode')).toBe('soap:Client');
    expect(reply.status).toBe(500);
  });

  test('a suspended account', async () => {
    const suspended = gateway.account('substitute');
    await gateway.db.query('UPDATE auth.account SET suspended_at = now() WHERE user_id = $1', [suspended.userId]);
    const { userId, password, pincode } = suspended;
    const reply = await attempt({ userId, password, header: encrypted(pincode) });
    expect(withoutIds(reply)).toEqual(withoutIds(await attempt({ userId: 'NESSUNO' })));
  });

  test('no hint in the HTTP headers either', async () => {
    const [unknown, wrongPin] = [await attempt({ userId: 'NESSUNO' }), await attempt({ header: encrypted('1') })];
    expect(Object.keys(unknown.headers)).toEqual(Object.keys(wrongPin.headers));
    expect(unknown.headers['content-length']).toBe(wrongPin.headers['content-length']);
    expect(unknown.headers['www-authenticate']).toBeUndefined();
  });
});

/** The answer without the id of the request. */
function withoutIds(reply: Reply): string {
  return `${reply.status} ${reply.text.replace(/(<idRichiesta>)[^<]+/, '$1')}`;
}

test('missing parts are named: they are not secret', async () => {
  expect(textOf(await attempt({ header: '' }), 'codice')).toBe('PINCODE_ASSENTE');
  expect(textOf(await attempt({ header: '<t:pinCode/>' }), 'codice')).toBe('PINCODE_ASSENTE');
  const nil = '<t:pinCode xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'; // as JAX-WS omits them
  expect(textOf(await attempt({ header: nil }), 'codice')).toBe('PINCODE_ASSENTE');
  for (const authorization of [
    '',
    'Bearer abc',
    'Basic',
    'Basic %%%',
    `Basic ${'A'.repeat(5_000)}`,
    'Basic OnNlY3JldA==',
    'Basic bm9jb2xvbg==',
    'Basic AGE6Yg==',
  ]) {
    expect([authorization, textOf(await attempt({ authorization }), 'codice')]).toEqual([
      authorization,
      'AUTENTICAZIONE_ASSENTE',
    ]);
  }
});

describe('a misplaced part is not reported as missing: the answer says where it is and what to send', () => {
  const namespace = 'urn:passerella:testsierologici:v1:tipi';
  const pin = (tag: string) => encrypted(doctor.pincode).replaceAll('t:pinCode', tag);
  const remedy = `inviarlo come figlio diretto di Header, nel namespace «${namespace}».`;

  test.each([
    ['no namespace', () => pin('pinCode'), 'senza namespace (riga 1): '],
    [
      'that of the WSDL',
      () => pin('w:pinCode').replace('<w:pinCode', '<w:pinCode xmlns:w="urn:passerella:testsierologici:v1"'),
      'nel namespace del WSDL',
    ],
    [
      'any other',
      () => pin('x:pinCode').replace('<x:pinCode', '<x:pinCode xmlns:x="urn:altro"'),
      'in un altro namespace',
    ],
    ['another spelling', () => pin('t:pincode'), 'scritto «pincode»'],
    [
      'inside another block',
      () => `<x:Security xmlns:x="urn:altro">${pin('t:pinCode')}</x:Security>`,
      'dentro «Security»',
    ],
  ])('a pinCode header: %s', async (_title, header, where) => {
    const reply = await attempt({ header: header() });
    expect(textOf(reply, 'codice')).toBe('PINCODE_ASSENTE');
    expect(textOf(reply, 'faultstring')).toContain(`L’header SOAP «pinCode» è nel messaggio, ma ${where}`);
    expect(textOf(reply, 'faultstring')?.endsWith(remedy)).toBe(true);
  });

  test.each([
    ['in the operation', '</t:scaricoElencoAssistiti>', 'MESSAGGIO_NON_VALIDO'],
    ['beside the operation', '</s:Body>', 'BODY_NON_VALIDO'],
  ])('a pinCode in the Body, %s', async (_title, before, codice) => {
    const { codiceFiscale } = doctor;
    const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
    const message = envelope('scaricoElencoAssistiti', fields).replace(before, encrypted(doctor.pincode) + before);
    const reply = await gateway.post(message, gateway.basic('doctor'));
    expect(textOf(reply, 'codice')).toBe(codice);
    expect(textOf(reply, 'faultstring')).toContain(`è nel messaggio, ma nel Body (riga 1): ${remedy}`);
  });

  test('a pinCode header that must be understood, in another namespace', async () => {
    const header = pin('pinCode').replace('<pinCode', '<pinCode s:mustUnderstand="1"');
    const reply = await attempt({ header });
    expect(textOf(reply, 'faultcode')).toBe('soap:MustUnderstand');
    expect(textOf(reply, 'faultstring')).toContain(remedy);
  });

  test('an attribute with a prefix', async () => {
    const header = encrypted(doctor.pincode, oaep('sha256'), ' t:algoritmo="RSA-OAEP"');
    expect(textOf(await attempt({ header }), 'faultstring')).toContain(
      'attributo algoritmo non previsto con un prefisso: scriverlo senza',
    );
  });

  test.each([
    ['a header of HTTP', { headers: { pinCode: 'AAAA' } }, 'PINCODE_ASSENTE', 'header HTTP pinCode'],
    [
      'credentials that are not Basic',
      { headers: { Authorization: 'Bearer abc' } },
      'AUTENTICAZIONE_ASSENTE',
      'ma non è «Basic»',
    ],
    [
      'a UsernameToken',
      { block: '<x:Security xmlns:x="urn:altro"/>' },
      'AUTENTICAZIONE_ASSENTE',
      'WS-Security non è letto',
    ],
    ['a pinCode alone', { block: '<t:pinCode>AAAA</t:pinCode>' }, 'AUTENTICAZIONE_ASSENTE', 'L’header pinCode c’è'],
  ] as const)(
    '%s',
    async (
      _title,
      { headers = {}, block = '' }: { headers?: Record<string, string>; block?: string },
      codice,
      said,
    ) => {
      const { codiceFiscale } = doctor;
      const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
      const credentials = codice === 'PINCODE_ASSENTE' ? gateway.basic('doctor') : undefined;
      const reply = await gateway.post(envelope('scaricoElencoAssistiti', fields, block), credentials, headers);
      expect(textOf(reply, 'codice')).toBe(codice);
      expect(textOf(reply, 'faultstring')).toContain(said);
    },
  );
});

test('two pinCode headers are refused: the one that counts must not depend on the reader', async () => {
  const header = encrypted('0000000000') + encrypted(doctor.pincode);
  expect(textOf(await attempt({ header }), 'codice')).toBe('BUSTA_NON_VALIDA');
});

test('all refusals are sent at the beat, whatever was wrong', async () => {
  const { userId, pincode } = gateway.account('secondDoctor');
  // At production cost: with the tests' cheap hashes the speed would reveal a known account.
  await gateway.db.query('UPDATE auth.account SET secret_hash = $2 WHERE user_id = $1', [
    userId,
    await hashSecrets('segreta', pincode),
  ]);
  const kinds: readonly Attempt[] = [
    { userId: 'NESSUNO' },
    { userId, password: 'sbagliata', header: encrypted(pincode) },
    { userId, password: 'segreta', header: encrypted('0000000000') },
    { userId, password: 'segreta', header: '<t:pinCode>AAAA</t:pinCode>' },
    { password: 'sbagliata' }, // a cheap hash
  ];
  for (const kind of kinds) {
    const late: number[] = [];
    for (let sample = 0; sample < 3; sample++) {
      const started = performance.now();
      await attempt(kind);
      const elapsed = performance.now() - started;
      expect(elapsed).toBeGreaterThan(BEAT_MS - 5);
      late.push((elapsed + 5) % BEAT_MS);
    }
    // The median of three: an outlier of the machine does not count, a constant distance from the beat does.
    expect(late.toSorted((a, b) => a - b)[1]).toBeLessThan(BEAT_MS / 2);
  }
});

test('the beat comes last in a refusal: a slow write to the access log is not observable', async () => {
  const { userId } = gateway.account('coded');
  const late: number[] = [];
  const lock = gateway.db.createQueryRunner();
  const isWaiting = async () => {
    const sql = `SELECT FROM pg_locks WHERE relation = 'audit.access_log'::regclass AND NOT granted`;
    return (await gateway.db.query<unknown[]>(sql)).length > 0;
  };
  for (let sample = 0; sample < 3; sample++) {
    await lock.startTransaction();
    await lock.query('LOCK TABLE audit.access_log IN SHARE MODE');
    const started = performance.now();
    const refused = attempt({ userId, password: 'sbagliata' });
    while (!(await isWaiting()));
    // Released between two beats.
    await pause(2.5 * BEAT_MS - (performance.now() - started));
    await lock.commitTransaction();
    await refused;
    late.push((performance.now() - started + 5) % BEAT_MS);
  }
  await lock.release();
  expect(late.toSorted((a, b) => a - b)[1]).toBeLessThan(BEAT_MS / 3);
});

describe.each([
  ['once', true],
  ['encrypted again for each message', false],
])('the memory of verified credentials, the pincode encrypted %s', (_title, isOnce) => {
  let header: string;
  const call = (changes: Attempt): Promise<Reply> => attempt({ ...(isOnce ? { header } : {}), ...changes });

  beforeAll(() => {
    header = encrypted(doctor.pincode);
  });

  /** A stored hash that cannot be verified: any hashing from now on fails. */
  const spoil = async (userId: string): Promise<void> => {
    await gateway.db.query(`UPDATE auth.account SET secret_hash = 'not a hash' WHERE user_id = $1`, [userId]);
  };
  const restore = async (userId: string, password: string): Promise<void> => {
    await gateway.db.query('UPDATE auth.account SET secret_hash = $2, suspended_at = NULL WHERE user_id = $1', [
      userId,
      await hashSecrets(password, pincodeOf(userId), cheapHash),
    ]);
  };
  const from = '198.51.100.7';

  test('a second call needs no hash, one with another password or from a locked address does', async () => {
    isOpen(await call({ from }));
    await spoil(doctor.userId);
    isOpen(await call({ from }));
    expect(textOf(await call({ from, password: 'sbagliata' }), 'codice')).toBe('ERRORE_INTERNO');
    await restore(doctor.userId, doctor.password);
  });

  test('lasts five minutes', async () => {
    await setPassword(doctor.userId, doctor.password); // clears what earlier tests left
    isOpen(await call({ from }));
    await spoil(doctor.userId);
    gateway.setNow(new Date(Date.now() + 4.9 * 60_000));
    isOpen(await call({ from }));
    gateway.setNow(new Date(Date.now() + 5.1 * 60_000));
    expect(textOf(await call({ from }), 'codice')).toBe('ERRORE_INTERNO');
    gateway.setNow(new Date());
    await restore(doctor.userId, doctor.password);
  });

  test('is invalidated immediately when a secret is changed', async () => {
    isOpen(await call({ from }));
    await setPassword(doctor.userId, 'nuova');
    expect(textOf(await call({ from }), 'codice')).toBe('CREDENZIALI_NON_VALIDE');
    isOpen(await call({ from, password: 'nuova' }));
    await setPassword(doctor.userId, doctor.password);
  });

  test('is invalidated immediately when the account is suspended', async () => {
    isOpen(await call({ from }));
    await gateway.db.query('UPDATE auth.account SET suspended_at = now() WHERE user_id = $1', [doctor.userId]);
    expect(textOf(await call({ from }), 'codice')).toBe('CREDENZIALI_NON_VALIDE');
    await gateway.db.query('UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1', [doctor.userId]);
    isOpen(await call({ from }));
  });

  test('a verification that started before a change admits nobody after it', async () => {
    await gateway.db.query('DELETE FROM auth.sign_in_attempt');
    // Sixty times the usual work: the change happens during the verification.
    await setPassword(doctor.userId, 'vecchia', { memoryCost: 65_536, timeCost: 40, parallelism: 1 });
    const first = call({ from, password: 'vecchia' });
    await claimed(doctor.userId, from);
    await setPassword(doctor.userId, doctor.password);
    const second = call({ from, password: 'vecchia' });
    expect([textOf(await first, 'codice'), textOf(await second, 'codice')]).toEqual([
      'CREDENZIALI_NON_VALIDE',
      'CREDENZIALI_NON_VALIDE',
    ]);
    isOpen(await call({ from }));
  });

  /** Resolves when an attempt from the address is counted, hence in progress. */
  async function claimed(userId: string, origin: string): Promise<void> {
    for (;;) {
      const rows: unknown[] = await gateway.db.query(
        'SELECT 1 FROM auth.sign_in_attempt WHERE user_id = $1 AND origin = $2 AND failures > 0',
        [userId, origin],
      );
      if (rows.length > 0) return;
    }
  }
});

test('callers whose accounts are looked up together are not confused', async () => {
  const [one, other] = [doctor, gateway.account('secondDoctor')];
  const as = ({ codiceFiscale, ...account }: typeof doctor, from: string): Promise<Reply> =>
    attempt({ ...account, header: encrypted(account.pincode), doctor: codiceFiscale, from });
  const [home, elsewhere] = ['198.51.100.21', '198.51.100.22'];
  for (const account of [one, other]) {
    await setPassword(account.userId, account.password); // other tests gave it another one
    isOpen(await as(account, home));
  }
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => [
      as(one, home),
      as({ ...one, userId: 'NESSUNO' }, elsewhere),
      as(other, home),
    ]).flat(),
  );
  const refused = { status: 500, esito: undefined };
  const opened = { status: 200, esito: '0000' };
  expect(replies.map((reply) => ({ status: reply.status, esito: textOf(reply, 'esito') }))).toEqual(
    Array.from({ length: 8 }, () => [opened, refused, opened]).flat(),
  );
});

test('a flood from one address gets 503 after four seconds, and others are served meanwhile', async () => {
  let answeredAfter = Infinity;
  const flood = Array.from({ length: 40 }, async (_, index) => {
    const sentAt = performance.now();
    const reply = await attempt({ userId: 'NESSUNO', password: String(index), from: '203.0.113.9' });
    if (reply.status === 503) answeredAfter = Math.min(answeredAfter, performance.now() - sentAt);
    return reply;
  });
  const honest = await attempt({ from: '203.0.113.10' });
  isOpen(honest);
  const replies = await Promise.all(flood);
  const busy = replies.filter(({ status }) => status === 503);
  expect(busy.length).toBeGreaterThan(0);
  for (const reply of busy) {
    expect(reply.headers['retry-after']).toBe('4');
    expect(textOf(reply, 'codice')).toBe('SERVIZIO_OCCUPATO');
  }
  expect(answeredAfter).toBeGreaterThan(3_900);
  expect(replies.length - busy.length).toBeGreaterThanOrEqual(16);
});

test('the claimed user id is in the access log, cut to the maximum length of a user id', async () => {
  const reply = await attempt({ userId: `X\n${'Y'.repeat(600)}`, from: '203.0.113.77' });
  const rows: unknown = await gateway.db.query(
    'SELECT outcome, method, user_id, host(client_address) AS address FROM audit.access_log WHERE request_id = $1',
    [reply.headers['x-request-id']],
  );
  expect(rows).toEqual([
    { outcome: 'sign-in:credentials', method: 'password', user_id: `X\n${'Y'.repeat(62)}`, address: '203.0.113.77' },
  ]);
});
