/**
 * [B-1] The metadata communication, end to end: what is refused, what is not, and that no data of the register leak.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { get } from 'node:https';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ClientSSLSecurity, createClientAsync } from 'soap';
import { consentReaderRole } from '../../src/opposition/index.js';
import { markAsSandbox } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { openConsentDatabase } from '../../src/roles/consent.js';
import { openConsentReader } from '../../src/roles/compose.js';
import { doctorByCard, detailsOf, DONE_VERDICT, verdictOf } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { Reply } from '../support/gateway.js';
import { testPki } from '../support/people.js';
import { eventually, postSoap } from '../support/post.js';
import { QUESTION, SYSTEM, metadataPlace } from './metadata-fixture.js';
import type { MetadataPlace, Question } from './metadata-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const OPPOSED = codiceFiscale(1);
const REVOKED = codiceFiscale(2);
const OPPOSED_AGAIN = codiceFiscale(3);
const SILENT = codiceFiscale(4);
const OPPOSED_STP = 'STP0800010000001';

let place: MetadataPlace;

beforeAll(async () => {
  place = await metadataPlace();
  await place.decide(OPPOSED, 'opposition');
  await place.decide(OPPOSED_STP, 'opposition');
  await place.decide(REVOKED, 'opposition', 'revocation');
  await place.decide(OPPOSED_AGAIN, 'opposition', 'revocation', 'opposition');
});

beforeEach(() => place.block('on'));
afterAll(() => place.close());

const esitoOf = (reply: Reply) => textOf(reply, 'esito') ?? `${reply.status} ${textOf(reply, 'codice') ?? reply.text}`;

test('a past document of an opposed person is refused, with reason and field', async () => {
  const reply = await place.ask({ identificativoAssistito: OPPOSED });
  expect(reply.status).toBe(200);
  expect(textOf(reply, 'esito')).toBe('5001');
  expect(textOf(reply, 'identificativoTransazione')).toMatch(/^[1-9][0-9]{0,14}$/);
  expect(textOf(reply, 'dataOra')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00$/);
  expect(detailsOf(reply)).toMatchObject([{ codice: '5001', campo: 'dataProduzioneDocumento' }]);
});

test.each<[string, Partial<Question>, string]>([
  [
    'opposed, the last day of the past',
    { identificativoAssistito: OPPOSED, dataProduzioneDocumento: '2020-05-18' },
    '5001',
  ],
  [
    'opposed, the first day after it',
    { identificativoAssistito: OPPOSED, dataProduzioneDocumento: '2020-05-19' },
    '0000',
  ],
  ['opposed, by STP code', { identificativoAssistito: OPPOSED_STP }, '5001'],
  ['opposed, revoked, opposed again', { identificativoAssistito: OPPOSED_AGAIN }, '5001'],
  ['opposed and revoked', { identificativoAssistito: REVOKED }, '0000'],
  ['never expressed', { identificativoAssistito: SILENT }, '0000'],
  ['an unknown person', { identificativoAssistito: 'STP1202010000009' }, '0000'],
  ['drug prescription', { identificativoAssistito: OPPOSED, tipoDocumento: 'PRESCRIZIONE_FARMACEUTICA' }, '0000'],
  [
    'specialist prescription',
    { identificativoAssistito: OPPOSED, tipoDocumento: 'PRESCRIZIONE_SPECIALISTICA' },
    '0000',
  ],
  ['drug dispensation', { identificativoAssistito: OPPOSED, tipoDocumento: 'EROGAZIONE_FARMACEUTICA' }, '0000'],
  ['specialist dispensation', { identificativoAssistito: OPPOSED, tipoDocumento: 'EROGAZIONE_SPECIALISTICA' }, '0000'],
  ['discharge letter', { identificativoAssistito: OPPOSED, tipoDocumento: 'LETTERA_DIMISSIONE' }, '5001'],
  ['any other document', { identificativoAssistito: OPPOSED, tipoDocumento: 'ALTRO' }, '5001'],
  ['loaded with consent', { identificativoAssistito: OPPOSED, statoCaricamento: 'GIA_CARICATO_CON_CONSENSO' }, '0000'],
  [
    'a wrong check letter',
    { identificativoAssistito: `${SILENT.slice(0, 15)}${SILENT.endsWith('A') ? 'B' : 'A'}` },
    '2001',
  ],
  ['a private service', { identificativoAssistito: OPPOSED, prestazioneSSN: 'false' }, '0000'],
  ['a private service, as a number', { identificativoAssistito: OPPOSED, prestazioneSSN: '0' }, '0000'],
  ['a service of the SSN, stated explicitly', { identificativoAssistito: OPPOSED, prestazioneSSN: 'true' }, '5001'],
  [
    'an event on the first day after it, a document of that day',
    { identificativoAssistito: OPPOSED, dataProduzioneDocumento: '2020-05-19', dataEventoClinico: '2020-05-19' },
    '0000',
  ],
  [
    'a document of the past, an event after it',
    { identificativoAssistito: OPPOSED, dataEventoClinico: '2020-06-01' },
    '2007',
  ],
  [
    'a document of the past, a future event',
    { identificativoAssistito: OPPOSED, dataEventoClinico: '2099-01-01' },
    '2007',
  ],
  [
    'a prescription, whatever its days',
    {
      identificativoAssistito: OPPOSED,
      tipoDocumento: 'PRESCRIZIONE_SPECIALISTICA',
      dataEventoClinico: '2020-06-01',
    },
    '0000',
  ],
  [
    'an event after the document, for any person',
    { identificativoAssistito: SILENT, dataEventoClinico: '2020-06-01' },
    '2007',
  ],
  [
    'a document of the last day of the past, an event of the next day',
    { identificativoAssistito: OPPOSED, dataProduzioneDocumento: '2020-05-18', dataEventoClinico: '2020-05-19' },
    '2007',
  ],
  [
    'an event of the past, a document of today',
    { identificativoAssistito: OPPOSED, dataProduzioneDocumento: '2026-01-10', dataEventoClinico: '2020-05-18' },
    '5001',
  ],
  ['an event with a zone', { dataEventoClinico: '2019-03-01Z' }, '500 MESSAGGIO_NON_VALIDO'],
  ['neither public nor private', { prestazioneSSN: 'forse' }, '500 MESSAGGIO_NON_VALIDO'],
  ['a kind that does not exist', { tipoDocumento: 'FATTURA' }, '500 MESSAGGIO_NON_VALIDO'],
  ['a state that does not exist', { statoCaricamento: '' }, '500 MESSAGGIO_NON_VALIDO'],
  ['a day that does not exist', { dataProduzioneDocumento: '2019-02-29' }, '500 MESSAGGIO_NON_VALIDO'],
])('%s', async (_title, question, expected) => {
  expect(esitoOf(await place.ask(question))).toBe(expected);
});

test('a kind in other letter case: lists all kinds', async () => {
  for (const tipoDocumento of ['Referto', 'Prescrizione Farmaceutica', 'referto'])
    expect((await place.ask({ tipoDocumento })).text).toContain('uno di questi: REFERTO, VERBALE_PRONTO_SOCCORSO,');
});

test('an unknown address: both services are named', async () => {
  const reply = await postSoap(new URL('/ws', place.endpoint).href, '', place.present(place.identity));
  expect(reply.status).toBe(404);
  expect(reply.text).toBe(
    'Non trovato. I servizi sono a /ws/TestSierologici (contratto: /ws/TestSierologici?wsdl), ' +
      '/ws/ComunicazioneMetadati (contratto: /ws/ComunicazioneMetadati?wsdl).\n',
  );
});

test('[B-3] if the event decides, the reason names its element', async () => {
  const event = { identificativoAssistito: OPPOSED, dataEventoClinico: '2019-02-28' };
  expect(detailsOf(await place.ask(event))).toMatchObject([{ codice: '5001', campo: 'dataEventoClinico' }]);
});

test('[B-3] an event after the document is reported together with a wrong identifier', async () => {
  const event = { dataProduzioneDocumento: '2019-03-14', dataEventoClinico: '2019-03-15' };
  expect(detailsOf(await place.ask({ identificativoAssistito: OPPOSED, ...event }))).toMatchObject([
    { codice: '2007', campo: 'dataEventoClinico' },
  ]);
  const wrong = `${SILENT.slice(0, 15)}${SILENT.endsWith('A') ? 'B' : 'A'}`;
  expect(detailsOf(await place.ask({ identificativoAssistito: wrong, ...event }))).toMatchObject([
    { codice: '2001' },
    { codice: '2007' },
  ]);
});

test('[B-3] a client of the previous contract, which had neither element, works unchanged', async () => {
  const { identity, endpoint } = place;
  const former = fileURLToPath(new URL('../../../test/contract/former/ComunicazioneMetadati.wsdl', import.meta.url));
  const client = await createClientAsync(former, { endpoint });
  client.setSecurity(
    new ClientSSLSecurity(Buffer.from(identity.key), Buffer.from(identity.certificate), identity.serverCa),
  );
  const ask: unknown = client['comunicazioneMetadatiAsync'];
  if (typeof ask !== 'function') throw new Error('the former contract has another operation');
  for (const [identificativoAssistito, esito] of [
    [OPPOSED, '5001'],
    [SILENT, '0000'],
  ]) {
    const reply: unknown = await ask.call(client, { ...QUESTION, identificativoAssistito });
    expect(Array.isArray(reply) ? reply[0] : reply).toMatchObject({ esito });
  }
});

test('[O-8] a decision of a window counts from the day after its last, a late one at once', async () => {
  const [opposed, revoked, late] = [codiceFiscale(21), codiceFiscale(22), codiceFiscale(23)];
  const [open] = await place.consent.query<[{ id: string }]>(
    `INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at)
     VALUES (current_date - 3, current_date + 3, now()) RETURNING id`,
  );
  const decide = (subject: string, value: string, window: string | null, category = 2) =>
    place.consent.query(
      `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category,
         region, window_id, notice_acknowledged_at)
       SELECT $1, 1 + count(*), $2, now(), $1, 'cittadino', 'digital_identity', $3, '080', $4, now()
       FROM consent.decision WHERE subject = $1`,
      [subject, value, category, window],
    );
  await place.decide(revoked, 'opposition');
  await decide(opposed, 'opposition', open.id);
  await decide(revoked, 'revocation', open.id);
  await decide(late, 'opposition', null, 4);
  const esiti = async () => {
    const asked = [opposed, revoked, late];
    return Promise.all(asked.map(async (subject) => esitoOf(await place.ask({ identificativoAssistito: subject }))));
  };
  expect(await esiti()).toEqual(['0000', '5001', '5001']);
  await place.consent.query(
    'UPDATE consent.acquisition_window SET closes_on = current_date - 2 WHERE id = $1', // not at midnight
    [open.id],
  );
  expect(await esiti()).toEqual(['5001', '0000', '5001']);
});

test('[G-5] the opposition follows the person through new identifiers, and so does a later revocation', async () => {
  const { gateway } = place;
  const [present, former, revokedSince] = [codiceFiscale(31), codiceFiscale(32), codiceFiscale(33)];
  const born = `'1980-01-01', '120', '120201', 'in_care', '2015-01-01', '2026-01-01'`;
  await gateway.db.query(`INSERT INTO registry.region VALUES ('120', 'Lazio') ON CONFLICT DO NOTHING`);
  await gateway.db.query(`INSERT INTO registry.asl VALUES ('120201', '120', 'Roma 1') ON CONFLICT DO NOTHING`);
  await gateway.db.query(
    `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since,
       updated_on) VALUES ($1, 'A', 'B', ${born})`,
    [present],
  );
  await place.decide(former, 'opposition');
  const answers = async () => {
    const asked = [present, former];
    return Promise.all(asked.map(async (subject) => esitoOf(await place.ask({ identificativoAssistito: subject }))));
  };
  expect(await answers()).toEqual(['0000', '5001']);
  await gateway.db.query('INSERT INTO registry.former_identifier VALUES ($1, $3), ($2, $3)', [
    former,
    revokedSince,
    present,
  ]);
  expect(await answers()).toEqual(['5001', '5001']);
  await place.decide(revokedSince, 'revocation');
  expect(await answers()).toEqual(['0000', '0000']);
});

test('the block starts when the bulk ends, and the operator can set it', async () => {
  const opposed = async () => esitoOf(await place.ask({ identificativoAssistito: OPPOSED }));
  await place.block('off');
  expect(await opposed()).toBe('0000');
  await place.block('automatic');
  expect(await opposed()).toBe('0000');
  await place.consent.query(`UPDATE consent.acquisition_window SET planning_started_at = now(), planned_at = now()`);
  expect(await opposed()).toBe('0000'); // notifications are still waiting
  await place.consent.query(`UPDATE consent.acquisition_window SET completed_at = now()`);
  expect(await opposed()).toBe('5001');
  await place.block('off');
  expect(await opposed()).toBe('0000');
});

test('concurrent questions each get their own answer', async () => {
  const asked = Array.from({ length: 120 }, (_, index) => [OPPOSED, SILENT, REVOKED, OPPOSED_AGAIN][index % 4] ?? '');
  const replies = await Promise.all(asked.map((identificativoAssistito) => place.ask({ identificativoAssistito })));
  expect(replies.map(esitoOf)).toEqual(
    asked.map((subject) => (subject === OPPOSED || subject === OPPOSED_AGAIN ? '5001' : '0000')),
  );
  expect(new Set(replies.map((reply) => textOf(reply, 'identificativoTransazione'))).size).toBe(120);
});

test('the access log records who asked, never about whom nor the answer', async () => {
  const rowOf = async (reply: Reply) => {
    const rows = await place.gateway.db.query<Record<string, unknown>[]>(
      'SELECT * FROM audit.access_log WHERE request_id = $1',
      [reply.headers['x-request-id']],
    );
    expect(rows).toHaveLength(1);
    const { transaction_id: id, at, written_at: written, request_id: request, ...rest } = rows[0] ?? {};
    expect(id).toBe(textOf(reply, 'identificativoTransazione'));
    for (const instant of [at, written]) expect(instant).toBeInstanceOf(Date);
    expect(request).toBe(reply.headers['x-request-id']);
    return rest;
  };
  const blocked = await rowOf(await place.ask({ identificativoAssistito: OPPOSED }));
  expect(blocked).toEqual({
    operation: 'metadata-communication',
    outcome: 'answered',
    user_id: SYSTEM,
    doctor: null,
    titular: null,
    method: 'system',
    client_address: '127.0.0.1',
    affected: null,
    times: null,
    caller: 'system',
    region: expect.stringMatching(/^(?:[0-9]{3}|SASN)$/),
    subject_kind: null,
    database_login: null,
    os_user: null,
    search: null,
  });
  for (const question of [
    { identificativoAssistito: SILENT },
    { identificativoAssistito: REVOKED },
    { identificativoAssistito: OPPOSED, tipoDocumento: 'PRESCRIZIONE_FARMACEUTICA' },
    { identificativoAssistito: `${SILENT.slice(0, 15)}${SILENT.endsWith('A') ? 'B' : 'A'}` },
  ])
    expect(await rowOf(await place.ask(question))).toEqual(blocked);
});

test('[O-4] nothing of the register is in the TS database, in any column of any table', async () => {
  await place.ask({ identificativoAssistito: OPPOSED });
  const tables = await place.gateway.db.query<{ name: string }[]>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  expect(tables.map(({ name }) => name)).toContain('audit.access_log');
  for (const { name } of tables) {
    const [row] = await place.gateway.db.query<{ found: string }[]>(
      `SELECT count(*) AS found FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`,
      [OPPOSED],
    );
    expect({ name, found: row?.found }).toEqual({ name, found: '0' });
  }
});

test('the log line of a refused document equals that of an accepted one', async () => {
  const lineOf = async (identificativoAssistito: string) => {
    const reply = await place.ask({ identificativoAssistito });
    const id = reply.headers['x-request-id'];
    const lines = place.gateway.logged.filter((line) => line['requestId'] === id);
    const differing = ['requestId', 'ms'];
    return lines.map((line) => Object.entries(line).filter(([name]) => !differing.includes(name)));
  };
  const refused = await lineOf(OPPOSED);
  expect(refused).toHaveLength(1);
  expect(refused).toEqual(await lineOf(SILENT));
});

test('the gateway reads a view of the register and may call a function, nothing else', async () => {
  const reader = await openConsentReader(place.consentUrl, 2, createLogger('silent'));
  try {
    expect(await reader.query('SELECT current_user AS role')).toEqual([{ role: consentReaderRole }]);
    expect(await reader.query('SELECT active FROM consent.block_state')).toEqual([{ active: true }]);
    expect(await reader.query(`SELECT consent.is_opposed($1, '2026-12-18') AS opposed`, [[OPPOSED]])).toEqual([
      { opposed: true },
    ]);
    // All objects, views and columns included, by the database's own list of rights.
    const relations = await reader.query<{ name: string; isAllowed: boolean }[]>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name,
              has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER') AS "isAllowed"
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
       ORDER BY name`,
    );
    const allowed = relations.filter(({ isAllowed }) => isAllowed).map(({ name }) => name);
    const views = ['block_state', 'current_opposition']; // the second for the previous release, until the next one
    const platform = ['public.passerella_installation', 'public.passerella_migration'];
    expect(allowed).toEqual([...views.map((view) => `consent.${view}`), ...platform]);
    expect(relations.length).toBeGreaterThan(allowed.length + 6);
    for (const { name, isAllowed } of relations)
      if (!isAllowed) await expect(reader.query(`SELECT 1 FROM ${name}`)).rejects.toThrow('permission denied');
    expect(
      await reader.query(
        `SELECT schemaname, viewname FROM pg_views WHERE schemaname IN ('consent', 'public') ORDER BY 2`,
      ),
    ).toEqual(views.map((viewname) => ({ schemaname: 'consent', viewname })));
    expect(
      await reader.query(
        `SELECT oid::regproc::text AS name FROM pg_proc
         WHERE pronamespace = 'consent'::regnamespace AND has_function_privilege(oid, 'EXECUTE')`,
      ),
    ).toEqual([{ name: 'consent.is_opposed' }]);
    await expect(reader.query(`UPDATE consent.block_setting SET mode = 'off'`)).rejects.toThrow('permission denied');
  } finally {
    await reader.destroy();
  }
});

test('the gateway’s own role cannot even connect to the consent database', async () => {
  const limits = { poolSize: 1, statementTimeoutMs: 0, applicationName: 'test' };
  const owner = await openConsentDatabase({ url: place.consentUrl, ...limits }, createLogger('silent'));
  try {
    const [rights] = await owner.query<Record<string, boolean>[]>(
      `SELECT has_database_privilege('passerella_gateway', current_database(), 'CONNECT') AS connect,
              has_schema_privilege('passerella_gateway', 'consent', 'USAGE') AS usage`,
    );
    expect(rights).toEqual({ connect: false, usage: false });
  } finally {
    await owner.destroy();
  }
});

test('without the consent database: 503 where it matters, doctors are unaffected, and it recovers automatically', async () => {
  place.consentAway(true);
  const away = await place.ask({ identificativoAssistito: OPPOSED });
  expect({ status: away.status, retry: away.headers['retry-after'] }).toEqual({ status: 503, retry: '5' });
  expect(textOf(away, 'codice')).toBe('SERVIZIO_NON_DISPONIBILE');
  // Nothing to look up in the register: what cannot be blocked is not delayed.
  expect(esitoOf(await place.ask({ dataProduzioneDocumento: '2024-01-01' }))).toBe('0000');
  expect(verdictOf(await doctorByCard(place.gateway, 'doctor').patientList())).toEqual(DONE_VERDICT);
  place.consentAway(false);
  await eventually(
    'the register answers',
    async () => esitoOf(await place.ask({ identificativoAssistito: OPPOSED })) === '5001',
  );
});

test('the contract is served at the endpoint, with the public address', async () => {
  const ca = readFileSync((await testPki()).server.ca);
  const text = await new Promise<string>((resolve, reject) => {
    get(`${place.endpoint}?wsdl`, { ca, agent: false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (body += part));
      incoming.on('end', () => {
        resolve(body);
      });
    }).on('error', reject);
  });
  expect(text).toContain(`<soap:address location="${place.endpoint}"/>`);
  expect(text).toContain(`schemaLocation="${place.endpoint}?xsd=ComunicazioneMetadati.xsd"`);
});

test('a sandbox’s register is not served, whatever the configuration', async () => {
  await markAsSandbox(place.consent); // permanently: the last test here
  await expect(startTestGateway({ ...place.settings, sandboxDatabase: true })).rejects.toThrow(
    /consentDatabaseUrl .*is a sandbox's/,
  );
});
