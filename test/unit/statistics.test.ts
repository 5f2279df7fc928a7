/** The statistic's files and the rules of its mails, without database and mail. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { filesOf } from '../../src/statistics/index.js';
import type { Figures } from '../../src/statistics/index.js';
import { newMessageId } from '../../src/platform/message-id.js';
import { archiveName, mailOf } from '../../src/statistics/mails.js';
import { arrivedStates, pauseAfter, stateBy } from '../../src/statistics/model.js';
import { receiptsOf } from '../../src/statistics/receipts.js';

const takenAt = new Date('2026-07-01T06:00:00.500Z');
const figures: Figures = {
  asls: [
    {
      ...{ regionCode: '120', regionName: 'LAZIO', aslCode: '120201', aslName: 'ROMA 1; "CENTRO"' },
      ...{ doctorTests: 3, doctorKits: 10, aslTests: 5 },
    },
    {
      ...{ regionCode: '120', regionName: 'LAZIO', aslCode: '120202', aslName: '=ROMA 2' },
      ...{ doctorTests: 4, doctorKits: 20, aslTests: 0 },
    },
  ],
  intakes: [
    {
      ...{ intake: 7, layout: 'paritarie', publishedAt: '2026-06-30T22:30:00+00:00', validated: 42 },
      ...{ regionCode: '120', regionName: 'LAZIO', aslCode: '120201', aslName: 'ROMA 1', attributed: true },
      ...{ withDoctor: 0, withoutDoctor: 0, paritarie: 42, replaces: '3 5' },
    },
  ],
};

const sample = (name: string): string =>
  readFileSync(new URL(`../../../samples/statistics/${name}`, import.meta.url), 'utf8');

type Fields = readonly [string, string, string, string, string, ...string[]];

/** The lines after the header; no field of the samples is quoted. */
function rowsOf(name: string): Fields[] {
  const [, ...lines] = sample(name).trimEnd().split('\n');
  return lines.map((line) => {
    const [date = '', second = '', third = '', fourth = '', fifth = '', ...rest] = line.split(';');
    return [date, second, third, fourth, fifth, ...rest];
  });
}

describe('the files', () => {
  const files = new Map(filesOf(figures, takenAt).map(({ name, content }) => [name, content]));

  test('by ASL: quoted where needed, never a formula', () => {
    expect(files.get('statistiche_asl.csv')).toBe(
      [
        'data_statistica;codice_regione;regione;codice_asl;asl;test_eseguiti_medico;kit_assegnati_medico;test_eseguiti_asl',
        '2026-07-01T08:00:00.500+02:00;120;LAZIO;120201;"ROMA 1; ""CENTRO""";3;10;5',
        "2026-07-01T08:00:00.500+02:00;120;LAZIO;120202;'=ROMA 2;4;20;0",
        '',
      ].join('\n'),
    );
  });

  test('by region: the sums', () => {
    expect(files.get('statistiche_regioni.csv')).toBe(
      [
        'data_statistica;codice_regione;regione;test_eseguiti_medico;kit_assegnati_medico;test_eseguiti_asl',
        '2026-07-01T08:00:00.500+02:00;120;LAZIO;7;30;5',
        '',
      ].join('\n'),
    );
  });

  test('of the roster: days in Rome', () => {
    expect(files.get('personale_scolastico.csv')?.split('\n')[1]).toBe(
      '2026-07-01T08:00:00.500+02:00;7;paritarie;2026-07-01T00:30:00.000+02:00;42;120;LAZIO;120201;ROMA 1;0;0;42;SI;3 5',
    );
  });

  test('equal the samples, written again from the samples’ numbers', () => {
    const asls = rowsOf('statistiche_asl.csv').map(([, regionCode, regionName, aslCode, aslName, ...numbers]) => ({
      ...{ regionCode, regionName, aslCode, aslName },
      ...{ doctorTests: Number(numbers[0]), doctorKits: Number(numbers[1]), aslTests: Number(numbers[2]) },
    }));
    const intakes = rowsOf('personale_scolastico.csv').map(([, intake, layout, publishedAt, validated, ...row]) => ({
      ...{ intake: Number(intake), layout, publishedAt, validated: Number(validated) },
      ...{ regionCode: row[0] ?? '', regionName: row[1] ?? '', aslCode: row[2] ?? '', aslName: row[3] ?? '' },
      ...{ withDoctor: Number(row[4]), withoutDoctor: Number(row[5]), paritarie: Number(row[6]) },
      attributed: row[7] === 'SI',
      replaces: row[8] ?? '',
    }));
    const written = filesOf({ asls, intakes }, new Date('2026-11-22T07:00:00.214Z'));
    expect(written).toHaveLength(3);
    for (const { name, content } of written) expect([name, content]).toEqual([name, sample(name)]);
  });
});

test('the archive is named by Rome’s time', () => {
  expect(archiveName(takenAt)).toBe('statistiche-test-sierologici-20260701-0800.zip');
});

test('a Message-ID uses the sender’s domain and is never repeated', () => {
  const ids = [newMessageId('info@pec.example.it'), newMessageId('info@pec.example.it')];
  for (const id of ids) expect(id).toMatch(/^<[0-9a-f-]{36}@pec\.example\.it>$/);
  expect(new Set(ids).size).toBe(2);
});

test('a mail whose content was deleted is not composed', () => {
  const contents = {
    messageId: '<a@b>',
    takenAt,
    recipient: 'a@b.it',
    fileName: 'a.zip',
    archive: null,
    password: null,
  };
  for (const part of ['archive', 'password'] as const)
    expect(() => mailOf({ ...contents, part }, 'c@d.it')).toThrow('no longer holds');
});

test('the furthest receipt counts, whatever their order', () => {
  expect(stateBy(['delivered', 'accepted'], 'sent')).toBe('delivered');
  expect(stateBy(['undelivered', 'accepted'], 'sent')).toBe('undelivered');
  expect(stateBy(['accepted', 'delayed'], 'sent')).toBe('accepted');
  expect(stateBy(['not_accepted'], 'sent')).toBe('not_accepted');
  expect(stateBy(['delayed'], 'sent')).toBeUndefined();
  expect(stateBy([], 'sent')).toBeUndefined();
});

test('after non-delivery only a delivery changes the state', () => {
  expect(stateBy(['accepted'], 'undelivered')).toBeUndefined();
  expect(stateBy(['accepted', 'delivered'], 'undelivered')).toBe('delivered');
});

test('with receipts the password waits for the delivery, without them for the server', () => {
  expect(arrivedStates(true)).toEqual(['delivered']);
  expect(arrivedStates(false)).toContain('sent');
});

test('pauses double from a minute to an hour', () => {
  expect([1, 2, 3, 7, 60].map((attempts) => pauseAfter(attempts) / 60_000)).toEqual([1, 2, 4, 60, 60]);
});

describe('receipts', () => {
  /** A mailbox that finds what a server finds: every mail whose header contains the value. */
  async function receiptsFrom(mails: readonly Readonly<Record<string, string>>[], words = 'parole del gestore') {
    const found = mails.map((headers) => ({
      receivedAt: takenAt,
      headers: new Map(Object.entries(headers)),
      text: () => Promise.resolve(words),
    }));
    const awaited = { messageId: '<uno@pec.it>', sendingSince: takenAt, password: null };
    return receiptsOf({ find: () => Promise.resolve(found) }, awaited);
  }
  const of = (kind: string, about = '<uno@pec.it>') => ({ 'x-ricevuta': kind, 'x-riferimento-message-id': about });

  test('have the names of DM 2-11-2005; the provider’s text only if something failed', async () => {
    const kinds = [
      'accettazione',
      'avvenuta-consegna',
      'non-accettazione',
      'errore-consegna',
      'preavviso-errore-consegna',
    ];
    const receipts = await receiptsFrom(kinds.map((kind) => of(kind)));
    expect(receipts.map(({ kind, explanation }) => [kind, explanation])).toEqual([
      ['accepted', undefined],
      ['delivered', undefined],
      ['not_accepted', 'parole del gestore'],
      ['undelivered', 'parole del gestore'],
      ['delayed', 'parole del gestore'],
    ]);
  });

  test('are quoted line by line, without control sequences and zeros', async () => {
    const [receipt] = await receiptsFrom([of('errore-consegna')], ' casella\u0000 piena\r\n\u001b[2Jriprovare\n');
    expect(receipt?.explanation).toBe('casella  piena\n[2Jriprovare');
  });

  test.each([
    'AbCd-EfGh',
    'AbCd-\r\n> EfGh',
    'AbC<wbr>d-EfGh',
    'Ab\u00adCd-Ef\u200bGh',
    '<AbCd-EfGh>',
    'AbCd-Ef=\r\nGh',
  ])('are not stored if they repeat the password: %j', async (repeated) => {
    const awaited = { messageId: '<uno@pec.it>', sendingSince: takenAt, password: 'AbCd-EfGh' };
    const mail = (words: string) => ({
      receivedAt: takenAt,
      headers: new Map(Object.entries(of('errore-consegna'))),
      text: () => Promise.resolve(words),
    });
    const found = [mail(`casella piena: ${repeated} fine`), mail('casella piena')];
    const receipts = await receiptsOf({ find: () => Promise.resolve(found) }, awaited);
    expect(receipts[0]?.explanation).toContain('non è conservato');
    expect(receipts[1]?.explanation).toBe('casella piena');
  });

  test('name the message with or without brackets', async () => {
    expect(await receiptsFrom([of('accettazione', 'uno@pec.it')])).toHaveLength(1);
  });

  test.each([
    ['about another message whose id holds ours', of('accettazione', '<uno@pec.it.example>')],
    ['of a kind that proves nothing', of('presa-in-carico')],
    ['that is not a receipt', { 'x-riferimento-message-id': '<uno@pec.it>' }],
    ['in an envelope of anomaly', { 'x-trasporto': 'errore', 'x-riferimento-message-id': '<uno@pec.it>' }],
  ])('%s is ignored', async (_what, mail) => {
    expect(await receiptsFrom([mail])).toEqual([]);
  });
});
