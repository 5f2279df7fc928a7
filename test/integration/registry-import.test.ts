/** [G-3] Files of every kind, every kind of bad line, repetitions, dry runs and files that are not imports. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { configSchema } from '../../src/config/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import { testSierologici } from '../../generated/TestSierologici.js';
import { isPersonIdentifier } from '../../src/platform/ids/index.js';
import { createLogger } from '../../src/platform/log.js';
import type { ElementShape, Facets } from '../../src/platform/soap/contract.js';
import {
  importRegistry,
  RegistryAnaLookup,
  type ImportKind,
  type ImportOptions,
  type ImportResult,
} from '../../src/registry/index.js';
import { runAdmin } from '../../src/roles/admin.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { codiceFiscale, doctor, fillReferences, personHeader, personLine } from './registry-fixture.js';

const log = createLogger('silent');
let folder: string;
let database: TestDatabase;
let db: DataSource;
let now: Date;
const clock = { now: (): Date => now };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-import-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  database = await createTestDatabase();
  const url = database.ownerUrl;
  db = await openDatabase({ url, entities: [], poolSize: 3, statementTimeoutMs: 0, applicationName: 'test', log });
  now = new Date('2026-11-21T10:00:00Z');
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
});

const NO_FORMER = { formerAdded: 0, formerMoved: 0 };

const rejectPath = (): string => join(folder, 'rejects.csv');

async function load(
  kind: ImportKind,
  content: string | Buffer,
  options: Partial<Omit<ImportOptions, 'source' | 'kind'>> & { readonly name?: string } = {},
): Promise<ImportResult> {
  const source = join(folder, options.name ?? 'source.csv');
  await writeFile(source, content);
  const usual = { source, kind, ownerDb: db, clock, log, rejectPath: rejectPath(), dryRun: false };
  return importRegistry({ ...usual, ...options });
}

function persons(...lines: string[]): string {
  return `${personHeader}\n${lines.join('\n')}\n`;
}

async function rejects(): Promise<string[]> {
  const [header, ...lines] = (await readFile(rejectPath(), 'utf8')).trimEnd().split('\n');
  expect(header).toBe('riga;colonna;motivo;valore');
  return lines;
}

async function stored(identifier: string): Promise<Record<string, unknown> | undefined> {
  const rows = await db.query<Record<string, unknown>[]>('SELECT * FROM registry.person WHERE identifier = $1', [
    identifier,
  ]);
  return rows[0];
}

async function countOf(table: string): Promise<number> {
  const rows = await db.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM ${table}`);
  return rows[0]?.count ?? -1;
}

test('the samples, in their order: geography, doctors, persons', async () => {
  const kinds = ['regions', 'asls', 'provinces', 'municipalities', 'doctors', 'persons'] as const;
  for (const kind of kinds) {
    const sample = await readFile(new URL(`../../../samples/registry/${kind}.csv`, import.meta.url));
    const result = await load(kind, sample);
    expect({ kind, rejected: result.rejected, lines: await rejects() }).toEqual({ kind, rejected: 0, lines: [] });
    expect(result.inserted).toBeGreaterThan(0);
    expect(result.inserted).toBe(result.accepted);
  }
  // prepared manually: samples/registry/persons.csv
  expect(await stored('STP1202010000001')).toMatchObject({ status: 'in_care', stp_region: '120', doctor: null });
});

test('imports every column of a person, whatever the order of the columns, the separator and the encoding', async () => {
  await fillReferences(db);
  const [first, ...others] = personHeader.split(';');
  const fields = personLine(1, { nome: 'Niccolò, "Nico"' }).split(';');
  const header = [...others, first].join(',').toUpperCase();
  const line = [...fields.slice(1), fields[0]].map((value = '') => `"${value.replaceAll('"', '""')}"`).join(',');

  const result = await load('persons', gzipSync(Buffer.from(`${header}\r\n${line}\r\n`, 'latin1')), {
    name: 'p.csv.gz',
  });

  expect(result).toEqual({ outcome: 'done', accepted: 1, rejected: 0, inserted: 1, changed: 0, ...NO_FORMER });
  expect(await stored(codiceFiscale(1001))).toEqual({
    identifier: codiceFiscale(1001),
    surname: 'ROSSI1',
    given_name: 'Niccolò, "Nico"',
    birth_date: '1980-01-01',
    region_code: '120',
    asl_code: '120201',
    doctor,
    status: 'in_care',
    care_since: '2015-03-01',
    card_number: '80380001200000000000',
    card_expiry: '2029-12-31',
    stp_region: null,
    stp_issued_on: null,
    sasn: false,
    updated_on: '2026-11-21',
  });
});

test('the column sasn is optional: without it stored values are unchanged', async () => {
  await fillReferences(db);
  const marked = (...lines: string[]): string => `${personHeader};sasn\n${lines.join('\n')}\n`;
  const [sailor, pilot, clerk] = [codiceFiscale(1001), codiceFiscale(1002), codiceFiscale(1003)];
  await load('persons', marked(`${personLine(1)};SI`, `${personLine(2)};SI`, `${personLine(3)};`));
  expect(await rejects()).toEqual(['4;"sasn";"valore obbligatorio assente";""']);
  expect([await stored(sailor), await stored(pilot)]).toMatchObject([{ sasn: true }, { sasn: true }]);

  now = new Date('2026-11-22T10:00:00Z');
  const moved = { cognome: 'BIANCHI' };
  const result = await load('persons', persons(personLine(1, moved), personLine(2), personLine(3)));
  expect(result).toMatchObject({ rejected: 0, inserted: 1, changed: 1 });
  expect(await stored(sailor)).toMatchObject({ surname: 'BIANCHI', sasn: true, updated_on: '2026-11-22' });
  expect(await stored(pilot)).toMatchObject({ sasn: true, updated_on: '2026-11-21' });
  expect(await stored(clerk)).toMatchObject({ sasn: false });

  expect(await load('persons', marked(`${personLine(2)};NO`, `${personLine(3)};no`))).toMatchObject({ changed: 1 });
  expect(await rejects()).toEqual(['3;"sasn";"valore sconosciuto: ammessi SI, NO";"AA"']);
  expect(await stored(pilot)).toMatchObject({ sasn: false, updated_on: '2026-11-22' });
});

test('text that is special in COPY or SQL stays text', async () => {
  await fillReferences(db);
  const names = ['\\N', '\\.', "O'BRIEN\\", "'; DROP TABLE registry.person; --", '\\x41'];
  const result = await load(
    'persons',
    persons(...names.map((cognome, index) => personLine(index, { cognome: `"${cognome}"` }))),
  );
  expect(result.rejected).toBe(0);
  const rows = await db.query<{ surname: string }[]>('SELECT surname FROM registry.person ORDER BY identifier');
  expect(rows.map(({ surname }) => surname)).toEqual(names);
});

describe('names', () => {
  const facetsOf = (shape: ElementShape, name: string): readonly Facets[] =>
    (shape.children ?? []).flatMap((child) =>
      child.name === name && child.facets !== undefined ? [child.facets] : facetsOf(child, name),
    );
  const onTheWire = (name: string): readonly Facets[] =>
    Object.values(testSierologici.operations).flatMap(({ response }) => facetsOf(response, name));

  test.each([
    ['cognome', 'cognomeAssistito', 'surname'],
    ['nome', 'nomeAssistito', 'given_name'],
  ])(
    'in the column %s the longest value is that of %s, for import, table and contract alike',
    async (column, element, name) => {
      await fillReferences(db);
      const limits = onTheWire(element).map(({ maxLength }) => maxLength);
      expect(limits).toHaveLength(2);
      for (const limit of limits) {
        const longest = '𝒳'.repeat(limit ?? 0);
        const lines = [personLine(1, { [column]: longest }), personLine(2, { [column]: `${longest}A` })];
        expect(await load('persons', persons(...lines))).toMatchObject({ accepted: 1, rejected: 1 });
        expect(await stored(codiceFiscale(1001))).toMatchObject({ [name]: longest });
        const past = db.query(`UPDATE registry.person SET ${name} = ${name} || 'A'`);
        await expect(past).rejects.toMatchObject({ constraint: 'person_names_fit' });
        await db.query('DELETE FROM registry_import.run');
      }
    },
  );

  test('every imported identifier has a form of the contract', () => {
    const facets = onTheWire('codiceFiscaleAssistito');
    expect(facets).toHaveLength(2);
    for (const identifier of [codiceFiscale(1), '12345678903', 'STP1202010000001']) {
      expect(isPersonIdentifier(identifier)).toBe(true);
      for (const { minLength = 0, maxLength = 0, patterns = [] } of facets) {
        expect(identifier.length).toBeGreaterThanOrEqual(minLength);
        expect(identifier.length).toBeLessThanOrEqual(maxLength);
        expect(patterns.every((pattern) => pattern.test(identifier))).toBe(true);
      }
    }
  });

  test('one of the two suffices, for persons and doctors; a hyphen replaces the other', async () => {
    await fillReferences(db);
    const lines = [personLine(1, { cognome: 'SINGH', nome: '' }), personLine(2, { cognome: '', nome: 'KAUR' })];
    expect(await load('persons', persons(...lines))).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await stored(codiceFiscale(1001))).toMatchObject({ surname: 'SINGH', given_name: '-' });
    expect(await stored(codiceFiscale(1002))).toMatchObject({ surname: '-', given_name: 'KAUR' });
    const doctors = `codice_fiscale;cognome;nome;asl\n${codiceFiscale(2)};SINGH;;120201\n${codiceFiscale(3)};;;120201\n`;
    expect(await load('doctors', doctors)).toMatchObject({ accepted: 1, rejected: 1 });
  });
});

describe('bad lines', () => {
  beforeEach(() => fillReferences(db));

  test.each<[string, string, string]>([
    ['too few columns', 'RSSMRA80A01H501U;ROSSI', '3;"";"numero di colonne errato: 2 invece di 13";""'],
    ['too many columns', `${personLine(5)};`, '3;"";"numero di colonne errato: 14 invece di 13";""'],
    ['an open quote', `"${personLine(5)}`, '3;"";"virgolette non chiuse o fuori posto";""'],
    ['an endless line', 'x'.repeat(70_000), '3;"";"riga oltre la lunghezza massima";""'],
    ['no identifier', personLine(5, { identificativo: ' ' }), '3;"identificativo";"valore obbligatorio assente";""'],
    [
      'a wrong check letter',
      personLine(5, { identificativo: 'RSSMRA80A01H501A' }),
      '3;"identificativo";"codice fiscale o STP non valido (forma o carattere di controllo)";"AAAAAA99A99A999A"',
    ],
    [
      'a wrong form',
      personLine(5, { identificativo: '=CMD()' }),
      '3;"identificativo";"codice fiscale o STP non valido (forma o carattere di controllo)";"#AAA##"',
    ],
    [
      'a date that does not exist',
      personLine(5, { data_nascita: '1981-02-29' }),
      '3;"data_nascita";"data inesistente o non nel formato AAAA-MM-GG";"9999-99-99"',
    ],
    [
      'a date of another form',
      personLine(5, { scadenza_tessera: '31/12/2029' }),
      '3;"scadenza_tessera";"data inesistente o non nel formato AAAA-MM-GG";"99/99/9999"',
    ],
    [
      'a birth tomorrow',
      personLine(5, { data_nascita: '2026-11-22' }),
      '3;"data_nascita";"data nel futuro";"9999-99-99"',
    ],
    ['an unknown region', personLine(5, { regione: '999' }), '3;"regione";"regione sconosciuta";"999"'],
    ['an unknown ASL', personLine(5, { asl: '120999' }), '3;"asl";"ASL sconosciuta";"120999"'],
    ['an ASL of another region', personLine(5, { asl: '030321' }), '3;"asl";"ASL di un’altra regione";"030321"'],
    [
      'a name instead of an ASL',
      personLine(5, { asl: 'ROSSI' }),
      '3;"asl";"codice ASL non di 6 cifre (regione 3 + ASL 3)";"AAAAA"',
    ],
    [
      'an unknown doctor',
      personLine(5, { medico: codiceFiscale(77) }),
      '3;"medico";"medico sconosciuto";"AAAAAA99A99A999A"',
    ],
    [
      'an unknown status',
      personLine(5, { stato: 'in_care' }),
      '3;"stato";"valore sconosciuto: ammessi ASSISTITO, DECEDUTO, EMIGRATO, CESSATO";"AA#AAAA"',
    ],
    ['a control character', personLine(5, { nome: 'A\u0000B' }), '3;"nome";"caratteri di controllo nel testo";"A#A"'],
    [
      'a formula for a name',
      personLine(5, { cognome: '"=HYPERLINK(""http://example.org"")"' }),
      '3;"cognome";"comincia con = + - o @, come una formula: scrivere il solo testo";"#AAAAAAAAA##AAAA://AAAAAAA.AAA##"',
    ],
    [
      'a name with a text direction sign',
      personLine(5, { nome: 'ANNA\u202EISSOR' }),
      '3;"nome";"carattere invisibile nel testo, U+202E (segno di direzione del testo): toglierlo";"AAAA#AAAAA"',
    ],
    [
      'a name without end',
      personLine(5, { nome: 'N'.repeat(101) }),
      `3;"nome";"nominativo oltre 100 caratteri";"${'A'.repeat(40)}..."`,
    ],
    [
      'neither surname nor first name',
      personLine(5, { cognome: '', nome: '-' }),
      '3;"cognome";"almeno uno tra cognome e nome";"#"',
    ],
    [
      'a character that XML cannot contain',
      personLine(5, { nome: 'A\uFFFEB' }),
      '3;"nome";"caratteri di controllo nel testo";"A#A"',
    ],
    [
      'care that starts tomorrow',
      personLine(5, { data_assistenza: '2026-11-22' }),
      '3;"data_assistenza";"data nel futuro";"9999-99-99"',
    ],
    [
      'a card number',
      personLine(5, { numero_tessera: '123' }),
      '3;"numero_tessera";"numero di tessera non di 20 cifre";"999"',
    ],
    [
      'STP with another region than its code',
      personLine(5, { identificativo: 'STP1202010000001', regione_stp: '030', data_rilascio_stp: '2020-01-01' }),
      '3;"regione_stp";"regione diversa da quella del codice STP (caratteri 4-6)";"030"',
    ],
    [
      'STP without its region',
      personLine(5, { identificativo: 'STP1202010000001' }),
      '3;"regione_stp";"obbligatorio per un codice STP";""',
    ],
    [
      'STP data of a person without STP',
      personLine(5, { regione_stp: '120' }),
      '3;"regione_stp";"ammesso solo per un codice STP";"120"',
    ],
    [
      'a repeated identifier',
      personLine(1, { nome: 'ALTRO' }),
      '3;"identificativo";"identificativo già presente in una riga precedente del file (riga 2)";""',
    ],
  ])('%s', async (_, bad, report) => {
    const result = await load('persons', persons(personLine(1), bad, personLine(2)));
    expect(await rejects()).toEqual([report]);
    expect(result).toEqual({ outcome: 'done', accepted: 2, rejected: 1, inserted: 2, changed: 0, ...NO_FORMER });
    expect(await stored(codiceFiscale(1001))).toMatchObject({ given_name: 'NICCOLÒ' });
    expect(await stored(codiceFiscale(1002))).toBeDefined();
  });

  test('a line with several faults is one rejected line and a row for each fault', async () => {
    const result = await load(
      'persons',
      persons(personLine(1, { asl: 'x', regione: '', data_nascita: '0' }), personLine(2)),
    );
    expect(result.rejected).toBe(1);
    expect((await rejects()).map((line) => line.split(';')[1])).toEqual(['"asl"', '"data_nascita"', '"regione"']);
  });

  test('of a repeated identifier the first valid line counts, an invalid one does not', async () => {
    const lines = [personLine(1, { asl: '999999' }), personLine(1, { nome: 'B' }), personLine(1, { nome: 'C' })];
    const result = await load('persons', persons(...lines));
    expect(result).toMatchObject({ accepted: 1, rejected: 2 });
    expect(await stored(codiceFiscale(1001))).toMatchObject({ given_name: 'B' });
    expect((await rejects()).map((line) => line.split(';')[0])).toEqual(['2', '4']);
  });

  test.each<[ImportKind, string, string]>([
    ['regions', 'codice;denominazione\n12;Lazio', '2;"codice";"codice regione non di 3 cifre";"99"'],
    ['asls', 'codice;regione;denominazione\n120202;030;Roma 2', '2;"codice";"ASL di un’altra regione";"120202"'],
    [
      'provinces',
      'sigla;regione;denominazione\nROM;120;Roma',
      '2;"sigla";"sigla di provincia non di 2 lettere maiuscole";"AAA"',
    ],
    [
      'municipalities',
      'codice_catastale;denominazione;provincia;asl\nH501;Roma;RM;120201',
      '2;"provincia";"provincia sconosciuta";"RM"',
    ],
    [
      'doctors',
      `codice_fiscale;cognome;nome;asl\nSTP1202010000001;A;B;120201`,
      '2;"codice_fiscale";"codice fiscale non valido (forma o carattere di controllo)";"AAA9999999999999"',
    ],
  ])('of %s', async (kind, content, report) => {
    await expect(load(kind, content)).rejects.toMatchObject({ problem: 'nothing_valid' });
    expect(await rejects()).toEqual([report]);
  });
});

test.each([true, false])(
  'no valid line: nothing is imported, the report gives the reasons (rehearsed: %s)',
  async (dryRun) => {
    await fillReferences(db);
    const lines = [1, 2].map((index) =>
      personLine(index, { identificativo: codiceFiscale(1000 + index).toLowerCase() }),
    );
    const bad = persons(...lines, personLine(3, { asl: '' }));
    await expect(load('persons', bad, { dryRun })).rejects.toMatchObject({
      problem: 'nothing_valid',
      message: 'no line is valid; 2 of 3 for the same reason: lettere minuscole: scriverlo in maiuscolo',
    });
    expect(await rejects()).toHaveLength(3);
    expect([await countOf('registry.person'), await countOf('registry_import.run')]).toEqual([0, 0]);
    expect(await load('persons', `${personHeader}\n`)).toMatchObject({ accepted: 0, rejected: 0 }); // a day without changes
  },
);

describe('too many invalid lines', () => {
  const lines = 100_000;
  beforeEach(() => fillReferences(db));

  test.each([
    ['repetitions', personLine(1)],
    ['faults', personLine(1, { asl: '' })],
  ])('%s: the file is refused before it is read to its end', async (_what, line) => {
    let read = 0;
    const content = persons(personLine(2), ...Array.from({ length: lines }, () => line));
    const refused = load('persons', content, { maxRejected: 1_000, onProgress: (progress) => (read = progress.lines) });
    await expect(refused).rejects.toMatchObject({
      problem: 'too_many_rejects',
      message: expect.stringMatching(/^more than 1000 /),
    });
    expect(read).toBeLessThan(lines / 5);
    expect([await countOf('registry.person'), await countOf('registry_import.run')]).toEqual([0, 0]);
  });

  test('the staging table is counted while it grows; a file with few repetitions is imported', async () => {
    const doctors = Array.from({ length: 4_000 }, (_, index) => `${codiceFiscale(10_000 + index)};A;B;120201`);
    const content = (...repeated: string[]): string =>
      `codice_fiscale;cognome;nome;asl\n${[...doctors, ...repeated].join('\n')}\n`;
    const [first = '', second = ''] = doctors;
    await expect(load('doctors', content(first, first, second), { maxRejected: 2 })).rejects.toMatchObject({
      problem: 'too_many_rejects',
    });
    expect(await load('doctors', content(first, second), { maxRejected: 2 })).toMatchObject({
      accepted: 4_000,
      rejected: 2,
    });
  });
});

describe('former identifiers [G-5]', () => {
  const [present, other] = [codiceFiscale(1001), codiceFiscale(1002)];
  const stp = 'STP1202010000001';
  const before = codiceFiscale(77);
  const line = (index: number, former: string, changes: Readonly<Record<string, string>> = {}): string =>
    `${personLine(index, changes)};${former}`;
  const file = (...lines: string[]): string => `${personHeader};identificativi_precedenti\n${lines.join('\n')}\n`;
  const links = (): Promise<{ former: string; current: string }[]> =>
    db.query('SELECT former, current FROM registry.former_identifier ORDER BY former');

  /** Rehearses and imports: both report for the links what is then observed. */
  async function rehearsedAndDone(content: string): Promise<ImportResult> {
    const earlier = new Map((await links()).map(({ former, current }) => [former, current]));
    const foreseen = await load('persons', content, { dryRun: true });
    expect([...earlier].toSorted()).toEqual((await links()).map(({ former, current }) => [former, current]));
    const done = await load('persons', content);
    const later = await links();
    const effects = {
      formerAdded: later.filter(({ former }) => !earlier.has(former)).length,
      formerMoved: later.filter(({ former, current }) => (earlier.get(former) ?? current) !== current).length,
    };
    expect(foreseen).toMatchObject({ ...effects, outcome: 'dry_run' });
    const { leaving, ...counts } = foreseen;
    expect(leaving).toBe(0);
    expect(done).toEqual({ ...counts, outcome: 'done' });
    expect(await load('persons', content)).toEqual({ ...done, outcome: 'already' });
    return done;
  }

  beforeEach(() => fillReferences(db));

  test('find the person, in any order; repeating them changes nothing; omitting them keeps them', async () => {
    const content = file(line(1, ` ${stp}   ${before} ${stp}`), line(2, ''));
    expect(await rehearsedAndDone(content)).toMatchObject({ accepted: 2, rejected: 0, inserted: 2, formerAdded: 2 });
    const both = [
      { former: before, current: present },
      { former: stp, current: present },
    ];
    expect(await links()).toEqual(both);
    expect(await load('persons', content, { again: true })).toMatchObject({ inserted: 0, changed: 0, ...NO_FORMER });
    await load('persons', persons(personLine(1, { nome: 'ALTRO' })));
    await load('persons', file(line(1, '')));
    expect(await links()).toEqual(both);
    const ana = new RegistryAnaLookup(db);
    expect((await ana.find(stp))?.identifiers).toEqual([present, before, stp]);
    // Issued again: the file names the last one only.
    await rehearsedAndDone(file(line(2, present), line(1, '', { stato: 'CESSATO' })));
    expect((await ana.find(stp))?.identifiers.toSorted()).toEqual([other, present, before, stp].toSorted());
  });

  test('that were assigned to the wrong person move to the one named later', async () => {
    await load('persons', file(line(1, stp)));
    expect(await rehearsedAndDone(file(line(2, stp)))).toMatchObject({ formerAdded: 0, formerMoved: 1 });
    expect(await links()).toEqual([{ former: stp, current: other }]);
  });

  describe('an identifier that is the present one of a person in care and a former one of another', () => {
    const own = persons(personLine(2, { cognome: 'ALTRO', data_nascita: '1999-09-09' }));
    const ofAnother = file(line(1, other));

    test.each([
      ['the former one first', [ofAnother, own], present, 'precedente di un’altra persona'],
      ['the present one first', [own, ofAnother], other, 'attuale di un’altra persona'],
    ])('%s: the second file is refused, and no person is found as another', async (_which, [a, b], stays, reason) => {
      await load('persons', a ?? '');
      await expect(load('persons', b ?? '')).rejects.toMatchObject({ message: expect.stringContaining(reason) });
      expect(await rejects()).toHaveLength(1);
      expect((await new RegistryAnaLookup(db).find(other))?.identifiers[0]).toBe(stays);
      expect(await countOf('registry.person')).toBe(1);
    });

    test('in one file with the column: the line of the present one is rejected, the other is accepted', async () => {
      await load('persons', ofAnother);
      expect(await rehearsedAndDone(file(line(2, stp), line(1, other)))).toMatchObject({ accepted: 1, rejected: 1 });
      expect(await rejects()).toEqual([expect.stringMatching(/^2;"identificativo";"è un identificativo precedente/)]);
      expect(await links()).toEqual([{ former: other, current: present }]);
    });

    test('becomes present again if the line names the one in between, which has ended', async () => {
      await load('persons', ofAnother);
      const back = file(line(2, present), line(1, '', { stato: 'CESSATO' }));
      expect(await rehearsedAndDone(back)).toMatchObject({ accepted: 2, rejected: 0 });
      expect(await links()).toEqual([{ former: present, current: other }]);
    });

    test('of an earlier release, which accepted both: each person is found', async () => {
      await load('persons', ofAnother);
      await db.query(
        `INSERT INTO registry.person SELECT (jsonb_populate_record(p, jsonb_build_object('identifier', $1::text))).*
         FROM registry.person p`,
        [other],
      );
      const ana = new RegistryAnaLookup(db);
      for (const asked of [present, other]) expect((await ana.find(asked))?.identifiers).toEqual([asked]);
      expect((await ana.regionsOfCare([other])).get(other)).toBe('120');
      expect((await ana.identifiersOf([other])).get(other)).toBeUndefined();
    });
  });

  const third = codiceFiscale(1003);
  const ended = line(2, before, { stato: 'CESSATO' });
  test.each([
    ['the later one named first', [line(3, `${other} ${before}`), line(2, '', { stato: 'CESSATO' })]],
    ['the earlier one named first', [line(3, `${before} ${other}`), line(2, '', { stato: 'CESSATO' })]],
    ['on two lines, the later first', [line(3, other), ended]],
    ['on two lines, the earlier first', [ended, line(3, other)]],
    ['with one more, the later first', [line(3, `${other} ${stp}`), ended]],
    ['with one more, which another line had', [line(3, other), line(2, `${before} ${stp}`, { stato: 'CESSATO' })]],
  ])('a known chain is delivered again, longer, in any order: %s', async (_order, lines) => {
    const known = (await load('persons', file(line(2, before)))).accepted;
    const content = file(...lines);
    expect(await rehearsedAndDone(content)).toMatchObject({ accepted: lines.length, rejected: 0, formerMoved: 1 });
    const named = content.includes(stp) ? [before, other, stp] : [before, other];
    expect(known).toBe(1);
    expect(await links()).toEqual(named.toSorted().map((former) => ({ former, current: third })));
  });

  test('a chain of four in one file that continues an earlier one', async () => {
    await load('persons', file(line(1, stp)));
    const gone = { stato: 'CESSATO' };
    const chain = [line(3, other), line(2, `${present} ${stp}`, gone), line(1, before, gone)];
    expect(await rehearsedAndDone(file(...chain))).toMatchObject({ formerAdded: 3, formerMoved: 1 });
    const all = [before, other, present, stp].toSorted();
    expect(await links()).toEqual(all.map((former) => ({ former, current: third })));
    await db.query('DELETE FROM registry.former_identifier WHERE former = ANY ($1)', [[present, other]]);
    expect(await rehearsedAndDone(file(...chain.toReversed()))).toMatchObject({ formerAdded: 2, formerMoved: 0 });
  });

  test.each<[string, string[], string]>([
    ['of no valid form', [line(1, `${stp} X`)], 'non tutti sono codici fiscali o codici STP validi'],
    ['the present one', [line(1, present)], 'della stessa persona'],
    ['of a person in care, in the file', [line(1, other), line(2, '')], 'attuale di un’altra persona'],
    ['of a person in care, in the registry', [line(1, codiceFiscale(1009))], 'attuale di un’altra persona'],
    ['named twice', [line(2, stp), line(1, stp)], 'in una riga precedente del file (riga 2)'],
  ])('%s: that line is rejected', async (_what, lines, reason) => {
    await load('persons', persons(personLine(9)));
    const result = await load('persons', file(...lines, line(3, before)));
    expect(result.rejected).toBe(1);
    const [reject = '', ...more] = await rejects();
    expect(more).toEqual([]);
    expect(reject).toContain('"identificativi_precedenti"');
    expect(reject).toContain(reason);
    expect(await stored(present)).toBeUndefined();
  });
});

describe('repeated files', () => {
  beforeEach(() => fillReferences(db));

  test('the same file twice is one import, even under another name', async () => {
    const content = persons(personLine(1), personLine(2, { asl: '' }));
    const first = await load('persons', content);
    await db.query(`UPDATE registry.person SET surname = 'CHANGED SINCE'`);
    expect(await load('persons', content, { name: 'other.csv' })).toEqual({ ...first, outcome: 'already' });
    expect(await stored(codiceFiscale(1001))).toMatchObject({ surname: 'CHANGED SINCE' });
  });

  test('on request a finished file is imported again: lines rejected for a missing doctor are accepted', async () => {
    const content = persons(personLine(1), personLine(2, { medico: codiceFiscale(2) }));
    expect(await load('persons', content)).toMatchObject({ accepted: 1, rejected: 1 });
    await load('doctors', `codice_fiscale;cognome;nome;asl\n${codiceFiscale(2)};VERDI;UGO;120201\n`);
    const again = await load('persons', content, { again: true });
    expect(again).toEqual({ outcome: 'done', accepted: 2, rejected: 0, inserted: 1, changed: 0, ...NO_FORMER });
    expect(await rejects()).toEqual([]);
  });

  test('updated_on changes only for changed rows; rows not in the file stay', async () => {
    await load('persons', persons(personLine(1), personLine(2), personLine(3)));
    now = new Date('2026-12-01T23:30:00Z'); // already 2 December in Rome
    const result = await load('persons', persons(personLine(1), personLine(2, { medico: '', stato: 'DECEDUTO' })));
    expect(result).toMatchObject({ inserted: 0, changed: 1 });
    const rows = await db.query<unknown[]>(
      'SELECT surname, status, doctor, updated_on FROM registry.person ORDER BY 1',
    );
    expect(rows).toEqual([
      { surname: 'ROSSI1', status: 'in_care', doctor, updated_on: '2026-11-21' },
      { surname: 'ROSSI2', status: 'deceased', doctor: null, updated_on: '2026-12-02' },
      { surname: 'ROSSI3', status: 'in_care', doctor, updated_on: '2026-11-21' },
    ]);
  });

  test('a dry run reports what would change and leaves only the report', async () => {
    await load('persons', persons(personLine(1), personLine(2)));
    const content = persons(personLine(1), personLine(2, { nome: 'ALTRO' }), personLine(3), personLine(4, { asl: '' }));
    const foreseen = await load('persons', content, { dryRun: true });
    const counts = { accepted: 3, rejected: 1, inserted: 1, changed: 1, ...NO_FORMER };
    expect(foreseen).toEqual({ outcome: 'dry_run', ...counts, leaving: 0 });
    expect(await rejects()).toEqual(['5;"asl";"valore obbligatorio assente";""']);
    expect([await countOf('registry.person'), await countOf('registry_import.run')]).toEqual([2, 1]);
    expect(await load('persons', content)).toEqual({ outcome: 'done', ...counts });
  });
});

describe('files that are not imports', () => {
  test.each<[string, string | Buffer, string, string]>([
    ['another kind of file', 'codice;denominazione\n120;Lazio\n', 'f.csv', 'wrong_header'],
    ['a file without header', `${personLine(1)}\n`, 'f.csv', 'wrong_header'],
    ['a column twice', `${personHeader};asl\n`, 'f.csv', 'wrong_header'],
    ['an empty file', '', 'f.csv', 'empty'],
    ['UTF-16', Buffer.from(`\uFEFF${persons(personLine(1))}`, 'utf16le'), 'f.csv', 'utf16'],
    ['binary', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff]), 'f.csv', 'binary'],
    ['gzip by name only', persons(personLine(1)), 'f.csv.gz', 'not_gzip'],
    ['truncated gzip', truncatedGzip(), 'f.csv.gz', 'gzip_broken'],
  ])('%s changes nothing and says why', async (_, content, name, problem) => {
    await fillReferences(db);
    await rm(rejectPath(), { force: true });
    await expect(load('persons', content, { name })).rejects.toMatchObject({ problem });
    expect([await countOf('registry.person'), await countOf('registry_import.run')]).toEqual([0, 0]);
    expect(await readdir(folder)).not.toContain('rejects.csv');
  });

  function truncatedGzip(): Buffer {
    const whole = gzipSync(persons(...Array.from({ length: 30_000 }, (_, index) => personLine(index))));
    return whole.subarray(0, whole.length - 50);
  }

  test('a concurrent second import is refused', async () => {
    const other = db.createQueryRunner();
    await other.query('SELECT pg_advisory_lock(7277115013)');
    try {
      await expect(load('persons', persons(personLine(1)), { waitMs: 1 })).rejects.toMatchObject({ problem: 'busy' });
    } finally {
      await other.query('SELECT pg_advisory_unlock(7277115013)');
      await other.release();
    }
  });

  test('the message about the header never quotes the file', async () => {
    await expect(load('persons', `${personLine(1)}\n`)).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(codiceFiscale(1001)) }),
    );
  });
});

describe('the command', () => {
  async function command(...args: string[]): Promise<{ code: number; lines: string[] }> {
    const lines: string[] = [];
    const config = configSchema.parse({ databaseUrl: database.ownerUrl });
    const code = await runAdmin(['registry-import', ...args], config, clock, log, (line) => lines.push(line));
    return { code, lines };
  }

  test('is a dry run without --apply', async () => {
    const source = join(folder, 'regions.csv');
    await writeFile(source, 'codice;denominazione\n120;Lazio\n');
    const dry = await command('regions', source, '--rejects', rejectPath());
    expect(dry.code).toBe(0);
    expect(dry.lines).toContain('Would import: 1 valid lines (1 new, 0 changed), 0 rejected.');
    expect(dry.lines).toContain('No line was rejected.');
    await expect(rejects()).rejects.toMatchObject({ code: 'ENOENT' }); // no report that lists nothing
    expect(await countOf('registry.region')).toBe(0);
    const applied = await command('regions', source, '--apply', '--rejects', rejectPath());
    expect(applied.code).toBe(0);
    const rows = await db.query<unknown[]>(
      `SELECT outcome, affected::integer AS affected, subject_kind AS subject FROM audit.access_log
       WHERE operation = 'registry-import' ORDER BY transaction_id`,
    );
    expect(rows).toEqual([
      { outcome: 'rehearsed', affected: null, subject: 'file' },
      { outcome: 'imported', affected: 1, subject: 'file' },
    ]);
    expect(applied.lines).toContain('Imported: 1 valid lines (1 new, 0 changed), 0 rejected.');
    expect(await countOf('registry.region')).toBe(1);
  });

  test('of persons reports how many former identifiers it adds and moves: rehearsed, applied, or repeated [G-5]', async () => {
    await fillReferences(db);
    const source = join(folder, 'persons.csv');
    const header = `${personHeader};identificativi_precedenti`;
    const [stp, before] = ['STP1202010000001', codiceFiscale(77)];
    await load('persons', `${header}\n${personLine(1)};${stp}\n`);
    await writeFile(source, `${header}\n${personLine(1)};\n${personLine(2)};${stp} ${before}\n`);
    const counts = '2 valid lines (1 new, 0 changed; 1 former identifiers added, 1 moved), 0 rejected';
    const said = async (...more: string[]): Promise<string[]> => {
      const { code, lines } = await command('persons', source, '--rejects', rejectPath(), ...more);
      expect(code).toBe(0);
      return lines;
    };
    expect(await said()).toContain(`Would import: ${counts}.`);
    expect(await said('--apply')).toContain(`Imported: ${counts}.`);
    expect(await said('--apply')).toContainEqual(
      expect.stringMatching(/^This file was imported before: .*; 1 former identifiers added, 1 moved\)/),
    );
  });

  test('of persons reports how many leave the lists of school staff: rehearsed or applied [R-10]', async () => {
    await fillReferences(db);
    await load('persons', persons(...[1, 2, 3, 4, 5].map((index) => personLine(index))));
    await db.query(
      `INSERT INTO roster.listed_person (person, listed_on) SELECT identifier, '2026-11-20' FROM registry.person`,
    );
    const source = join(folder, 'persons.csv');
    const wrong = personLine(5, { stato: 'DECEDUTO', asl: '' });
    const left = [personLine(1, { stato: 'EMIGRATO' }), personLine(2, { medico: '' })];
    await writeFile(source, persons(...left, personLine(3, { nome: 'ALTRO' }), wrong));
    const options = ['persons', source, '--rejects', rejectPath()];
    expect((await command(...options)).lines).toContain('Would be removed from the doctors’ lists of school staff: 2.');
    expect(await countOf('roster.listed_person')).toBe(5);
    expect((await command(...options, '--apply')).lines).toContain(
      'Removed from the doctors’ lists of school staff: 2.',
    );
    expect(await countOf('roster.listed_person')).toBe(3);
  });

  test('succeeds while an intake locks the lists of school staff: the nightly job does the rest [R-10]', async () => {
    await fillReferences(db);
    const source = join(folder, 'persons.csv');
    await writeFile(source, persons(personLine(1)));
    // As if it had waited for half a minute.
    await db.query(`CREATE FUNCTION public.pg_advisory_xact_lock(key bigint) RETURNS void LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'lock timeout' USING ERRCODE = 'lock_not_available'; END $$`);
    await db.query(`DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`);
    const applied = await command('persons', source, '--apply', '--rejects', rejectPath());
    expect(applied.code).toBe(0);
    expect(applied.lines).toContainEqual(expect.stringMatching(/^Imported: 1 valid lines/));
    expect(applied.lines.at(-1)).toMatch(/^Nobody was removed .* \(an intake is running\)/);
  });

  test('reports the failure with exit code 1 when the lists cannot be changed; repeating the command succeeds', async () => {
    await fillReferences(db);
    const source = join(folder, 'persons.csv');
    await writeFile(source, persons(personLine(1)));
    await db.query('ALTER TABLE roster.listed_person RENAME TO away');
    const applied = await command('persons', source, '--apply', '--rejects', rejectPath());
    expect(applied.code).toBe(1);
    expect(applied.lines).toContainEqual(expect.stringMatching(/^Imported: 1 valid lines/));
    expect(applied.lines.at(-1)).toMatch(/nobody was removed from .*: QueryFailedError 42P01\. Repeat the command/);
    await db.query('ALTER TABLE roster.away RENAME TO listed_person');
    const again = await command('persons', source, '--apply', '--rejects', rejectPath());
    expect(again.code).toBe(0);
    expect(again.lines.at(-1)).toBe('Removed from the doctors’ lists of school staff: 0.');
  });

  test.each([[['regions']], [['patients', 'f.csv']], [['regions', 'a.csv', 'b.csv']]])(
    'wrong arguments %j: the reason, and exit code 2',
    async (args) => {
      expect(await command(...args)).toEqual({
        code: 2,
        lines: [expect.stringMatching(/^wrong arguments: /), 'see passerella admin registry-import --help'],
      });
    },
  );

  test('a bad file: one message and exit code 1', async () => {
    expect(await command('regions', join(folder, 'missing.csv'), '--apply', '--rejects', rejectPath())).toEqual({
      code: 1,
      lines: ['Nothing was changed: there is no such file.'],
    });
  });
});
