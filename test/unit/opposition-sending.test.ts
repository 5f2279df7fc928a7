/** [N-3] The fate of a notification, its retry delay, the circuit breaker of a region: the pure parts of the sender. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { backoffMs } from '../../src/platform/backoff.js';
import { Breaker } from '../../src/opposition/sending/outbox/breaker.js';
import {
  FAILURE_KINDS,
  UNKNOWN_CODE_ATTEMPTS,
  failureKindOf,
} from '../../src/opposition/sending/outbox/failure-kinds.js';
import { Hand } from '../../src/opposition/sending/outbox/hand.js';
import { Settlements } from '../../src/opposition/sending/outbox/settlements.js';
import type { Settlement } from '../../src/opposition/sending/outbox/store.js';
import { cleanDescription } from '../../src/opposition/sending/region-words.js';
import { OWN_CODES, fateOf, mayBeOutage, mayKnow } from '../../src/opposition/sending/outbox/verdict.js';
import type { RegionAnswer, RegionError } from '../../src/opposition/sending/region.js';
import { createLogger } from '../../src/platform/log.js';

const now = new Date('2026-12-20T10:00:00Z');
const half = () => 0.5;

describe('back-off', () => {
  const policy = { firstMs: 1_000, longestMs: 60_000 };
  test.each([
    [1, 500, 1_000],
    [2, 1_000, 2_000],
    [5, 8_000, 16_000],
    [7, 30_000, 60_000],
    [1_000, 30_000, 60_000],
  ])('after attempt %i: from %i to %i ms', (attempt, least, most) => {
    expect(backoffMs(attempt, policy, () => 0)).toBe(least);
    expect(backoffMs(attempt, policy, () => 1)).toBe(most);
  });
});

describe('fate', () => {
  const policy = { attempts: 8, firstMs: 1_000, longestMs: 60_000 };
  const failure = (code: string, ...others: RegionError[]): RegionAnswer => ({
    kind: 'failure',
    errors: [{ ...(code !== '' && { code }), description: 'd' }, ...others],
  });
  const fault = (blames: 'message' | 'region', code?: string): RegionAnswer => ({
    ...{ kind: 'fault', blames, faultCode: blames === 'message' ? 'Client' : 'Server' },
    errors: [{ ...(code !== undefined && { code }), description: 'd' }],
  });
  const down: RegionAnswer = { kind: 'unreachable', reason: 'timeout' };
  const first = { attempts: 1, formerCode: null };
  const stateOf = (answer: RegionAnswer, attempts: number): string =>
    fateOf(answer, { attempts, formerCode: null }, now, policy, half).state;

  test.each<readonly [string, RegionAnswer, number, string]>([
    ['success', { kind: 'success' }, 1, 'sent'],
    ['success at the last attempt', { kind: 'success' }, 8, 'sent'],
    ['recorded before', failure('XDSDuplicateUniqueIdInRegistry'), 2, 'sent'],
    ['busy', failure('XDSRegistryBusy'), 1, 'queued'],
    ['busy for the last time', failure('XDSRegistryBusy'), 8, 'exhausted'],
    ['unknown person', failure('XDSUnknownPatientId'), 1, 'parked'],
    ['the message is wrong', fault('message'), 1, 'parked'],
    ['the region is unable', fault('region', 'CRF2'), UNKNOWN_CODE_ATTEMPTS, 'queued'],
    ['the region is unable, for the last time', fault('region'), 8, 'exhausted'],
    ['a fault with a code of the table', fault('region', 'XDSUnknownPatientId'), 1, 'parked'],
    ['a fault that blames the message, busy', fault('message', 'XDSRegistryBusy'), 1, 'queued'],
    ['an answer that is neither', { kind: 'unclear', reason: 'r' }, 1, 'queued'],
    ['an answer that is neither, again', { kind: 'unclear', reason: 'r' }, UNKNOWN_CODE_ATTEMPTS, 'parked'],
    [
      'busy, and another permanent error',
      failure('XDSRegistryBusy', { code: 'XDSUnknownPatientId', description: '' }),
      1,
      'parked',
    ],
    [
      'recorded, with a warning',
      failure('XDSDuplicateUniqueIdInRegistry', { code: 'W1', description: '', isWarning: true }),
      1,
      'sent',
    ],
    [
      'recorded, and another unknown error',
      failure('XDSDuplicateUniqueIdInRegistry', { code: 'E', description: '' }),
      1,
      'queued',
    ],
    ['an unknown code', failure('REG-17'), UNKNOWN_CODE_ATTEMPTS - 1, 'queued'],
    ['an unknown code, again', failure('REG-17'), UNKNOWN_CODE_ATTEMPTS, 'parked'],
    ['no code', failure(''), UNKNOWN_CODE_ATTEMPTS, 'parked'],
    ['down', down, 7, 'queued'],
    ['down for the last time', down, 8, 'exhausted'],
    ['untrusted', { kind: 'unreachable', reason: 'expired', certificate: true }, 1, 'parked'],
  ])('%s: %s', (_what, answer, attempts, state) => {
    expect(stateOf(answer, attempts)).toBe(state);
  });

  test.each([OWN_CODES.unreachable, 'XDSRegistryBusy'])('the first answer after an outage is retried: %s', (former) => {
    const many = UNKNOWN_CODE_ATTEMPTS + 1;
    for (const answer of [failure('REG-17'), { kind: 'unclear', reason: 'r' }] as const) {
      expect(fateOf(answer, { attempts: many, formerCode: former }, now, policy, half).state).toBe('queued');
      expect(fateOf(answer, { attempts: many, formerCode: 'REG-17' }, now, policy, half).state).toBe('parked');
    }
  });

  test('shows when to retry, and whose text describes the failure', () => {
    expect(fateOf(failure('XDSRegistryBusy'), { attempts: 2, formerCode: null }, now, policy, half)).toEqual({
      ...{ state: 'queued', nextAttemptAt: new Date(now.getTime() + 1_500) },
      ...{ code: 'XDSRegistryBusy', description: 'd' },
    });
    expect(fateOf(down, { attempts: 8, formerCode: null }, now, policy, half)).toEqual({
      ...{ state: 'exhausted', code: OWN_CODES.unreachable, description: 'timeout' },
    });
  });

  test('if the region gave no code, ours describes the failure', () => {
    const codeOf = (answer: RegionAnswer) => fateOf(answer, first, now, policy, half).code;
    expect(codeOf(fault('message'))).toBe('SOAP.Client');
    expect(codeOf(fault('region'))).toBe('SOAP.Server');
    expect(codeOf({ kind: 'failure', errors: [{ description: 'd' }] })).toBe('SENZA_CODICE');
    const two = failure('', { description: 'e' }, { code: 'E1', description: '' });
    expect(fateOf(two, first, now, policy, half)).toMatchObject({
      description: 'SENZA_CODICE: d; SENZA_CODICE: e; E1',
    });
  });

  test('several errors are all kept, under the code of the decisive one', () => {
    const warning: RegionError = { code: 'W1', description: 'avviso', isWarning: true };
    expect(
      fateOf(failure('XDSRegistryBusy', { code: 'PFC7', description: 'no' }, warning), first, now, policy, half),
    ).toMatchObject({
      code: 'PFC7',
      description: 'XDSRegistryBusy: d; PFC7: no; W1: avviso',
    });
  });

  test('an outage is what the region could not do, never a judgement on the message', () => {
    const known = failure('XDSUnknownPatientId');
    for (const answer of [
      { kind: 'success' } as const,
      known,
      failure('REG-17'),
      down,
      fault('region', 'XDSUnknownPatientId'),
    ])
      expect(mayBeOutage(answer)).toBe(false);
    for (const answer of [fault('region', 'CRF2'), fault('message'), failure('XDSRegistryBusy')])
      expect(mayBeOutage(answer)).toBe(true);
    expect(mayBeOutage({ kind: 'unclear', reason: 'r' })).toBe(true);
  });

  test('[O-9] a region may know the person unless it refuses clearly or nothing was sent', () => {
    const fault = (blames: 'message' | 'region'): RegionAnswer => ({
      ...{ kind: 'fault', blames, faultCode: 'F', errors: [{ description: 'd' }] },
    });
    for (const answer of [
      failure('XDSRegistryBusy'),
      failure('PFC7'),
      { ...down, certificate: true },
      fault('message'),
    ])
      expect(mayKnow(answer)).toBe(false);
    const contradicted: RegionAnswer = { kind: 'failure', errors: [{ code: 'E1', description: '(Success) no' }] };
    for (const answer of [down, { kind: 'unclear', reason: 'r' } as const, contradicted, fault('region')])
      expect(mayKnow(answer)).toBe(true);
  });

  test('a region’s texts are kept short, on one line, and harmless on a terminal', () => {
    const answer: RegionAnswer = {
      kind: 'failure',
      errors: [{ code: 'XDSUnknownPatientId', description: `a\r\n\u001b[2Jb${'c'.repeat(5_000)}` }],
    };
    const { description } = fateOf(answer, first, now, policy, half);
    expect(description).toHaveLength(1_000);
    expect(description).toMatch(/^a \[2Jbc+$/);
  });

  test('the page for regional teams has every code of the table, and no other', () => {
    const page = readFileSync(fileURLToPath(new URL('../../../docs/simulator.md', import.meta.url)), 'utf8');
    const [, table = ''] = /failure-kinds\.ts -->\n\n([\s\S]*?)\n\n/.exec(page) ?? [];
    const said: Readonly<Record<string, string>> = {
      done: 'vale come presa in carico',
      transient: 'ripete,',
      permanent: 'non ripete',
    };
    const rows = [...table.matchAll(/^\| `(\w+)` +\| (.*)$/gm)].map(
      ([, code = '', meaning = '']) => [code, meaning] as const,
    );
    expect(rows.map(([code]) => code)).toEqual([...FAILURE_KINDS.keys()]);
    for (const [code, meaning] of rows) expect(meaning).toContain(said[FAILURE_KINDS.get(code) ?? '']);
    expect(page.replace(/ +/g, ' ')).toContain(
      `qualunque altro | ripete ${['', '', '', '', '', 'cinque'][UNKNOWN_CODE_ATTEMPTS] ?? ''} volte`,
    );
  });

  test('every code of the table is one of three kinds, any other is unknown', () => {
    for (const [code, kind] of FAILURE_KINDS) expect(failureKindOf(` ${code} `)).toBe(kind);
    expect(failureKindOf('constructor')).toBe('unknown');
  });
});

describe('a region’s texts', () => {
  const said = (text: string): string => cleanDescription(text, 'RSSMRA80A01H501U');
  test.each([
    ['RSSMRA80A01H501U non presente', '[identificativo] non presente'],
    ['rss mra 80a01 h501u e RSSMRA80A41H501Y', '[identificativo] e [identificativo]'],
    ['RSSMRA\u00ad80A01H501U', '[identificativo]'],
    ['STP1202010000001^^^&2.16.840.1.113883.2.9.4.3.17&ISO', '[identificativo]^^^&2.16.840.1.113883.2.9.4.3.17&ISO'],
    ['provvisorio 12345678903, tessera 80380000123456789012', 'provvisorio [identificativo], tessera [identificativo]'],
    ['scrivere a mario.rossi@example.it', 'scrivere a [identificativo]'],
    ['Assistito Rossi Mario non presente', 'Assistito [nome] non presente'],
    ['assistito ROSSI MARIO: deceduto', 'assistito [nome]: deceduto'],
    ['Cognome: D’ANGELO, nome="Anna Maria"', 'Cognome: [nome], nome="[nome]"'],
    ['Assistito: ROSSI MARIO non presente', 'Assistito: [nome] non presente'],
    ['Assistito=Rossi Mario', 'Assistito=[nome]'],
    ['Assistita Rossi, Anna', 'Assistita [nome]'],
    ['Assistito ROSSI/MARIO', 'Assistito [nome]'],
    ['Cognome ROSSI Nome MARIO non presente', 'Cognome [nome] Nome [nome] non presente'],
    ['RSSMRA80A01H501 - troncato, RSSMRA80A01 pure', '[identificativo] - troncato, [identificativo] pure'],
    ['nato il 01/01/1980 a Roma', 'nato il [data] a Roma'],
    ['nato a ROMA (RM) il 01/01/1980', 'nato a ROMA (RM) il [data]'],
    ['nata il 1 gennaio 1980', 'nata il [data]'],
    ['"dataNascita":"1980-01-01"', '"dataNascita":"[data]"'],
    ['<birthDate>1980-01-01</birthDate>', '<birthDate>[data]</birthDate>'],
    ['RSS.MRA.80A01.H501U, RSS_MRA_80A41_H501Y', '[identificativo], [identificativo]'],
    ['r s s m r a 8 0 a 0 1 h 5 0 1 u', '[identificativo]'],
    ['STP 031 234 567 890 1, STP-0312345678901', '[identificativo], [identificativo]'],
    ['tessera 8038 0000 1234 5678 9012', 'tessera [identificativo]'],
    ['provvisorio 123 456 789 03', 'provvisorio [identificativo]'],
    ['{"cognome":"Rossi","nome" : "Mario"}', '{"cognome":"[nome]","nome" : "[nome]"}'],
    [
      '<nome>Mario</nome><p:cognome x="1">D’Angelo</p:cognome>',
      '<nome>[nome]</nome><p:cognome x="1">[nome]</p:cognome>',
    ],
    ['<family>Rossi</family>', '<family>[nome]</family>'],
    ['Utente Mario Rossi non presente', 'Utente [nome] non presente'],
    ['&#82;SSMRA80A01H501U, &amp;#x52;SSMRA80A01H501U', '[identificativo], [identificativo]'],
    ['%52SSMRA80A01H501U e %2552SSMRA80A01H501U', '[identificativo] e [identificativo]'],
    ['\\u0052SSMRA80A01H501U e \\x52SSMRA80A01H501U', '[identificativo] e [identificativo]'],
    ['&lt;nome&gt;Mario&lt;/nome&gt;', '<nome>[nome]</nome>'],
    ['Cognome%3A%20ROSSI', 'Cognome: [nome]'],
    ['mario.rossi&#64;example.it, mario.rossi%40example.it', '[identificativo], [identificativo]'],
    ['tel 3331234567, tel. 06 1234567, Telefono: 06-1234567', 'tel [telefono], tel. [telefono], Telefono: [telefono]'],
    ['"cellulare":"333 1234567", <phone>061234567</phone>', '"cellulare":"[telefono]", <phone>[telefono]</phone>'],
    ['+39 333 1234567, 0039 06 12345678, 333-123 4567', '[telefono], [telefono], [telefono]'],
    ['PID|1||RSSMRA80A01H501U^^^MEF||ROSSI^MARIO||19800101|M', 'PID|1||[identificativo]^^^MEF||[nome]||[data]|M'],
  ])('contain no person: %s', (text, expected) => {
    expect(said(text)).toBe(expected);
  });

  test.each([
    'Patient Not Found',
    'PAZIENTE NON PRESENTE IN ANAGRAFE',
    'Assistito Non Trovato',
    'Assistito sconosciuto alla Regione',
    'data 2026-11-19 futura',
    'models.CodFiscModel line 1234567890',
    'id 0b6f6b1e-6a55-4c6e-9a53-2f5f4a9f7a10',
    '2026-11-19 10:11:12.345 da 192.168.100.10',
    'ERR|||207^Application internal error^HL70357|E',
    'nome non valido -> errore 12',
    'Cognome NON VALIDO',
    'E0001234567 alle 2026-11-19T10:11:12.345+0100',
    '100% di 5%, &copy; e \\user',
    'telaio 1234567',
    'Assistito: NON PRESENTE',
  ])('stay unchanged: %s', (text) => {
    expect(said(text)).toBe(text);
  });
});

describe('circuit breaker', () => {
  const policy = { failures: 3, firstMs: 10_000, longestMs: 40_000 };
  const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);

  test('opens after consecutive failures only', () => {
    const breaker = new Breaker(policy, () => 1);
    expect([breaker.failed(now), breaker.failed(now)]).toEqual([false, false]);
    breaker.answered();
    expect([breaker.failed(now), breaker.failed(now), breaker.failed(now)]).toEqual([false, false, true]);
    expect(breaker.phase(at(9.999))).toBe('open');
    expect(breaker.phase(at(10))).toBe('probing');
  });

  test('a failed probe doubles the pause, up to the longest; an answered one closes it', () => {
    const breaker = new Breaker(policy, () => 1);
    for (let failure = 0; failure < 3; failure++) breaker.failed(now);
    let present = 10;
    for (const pause of [20, 40, 40]) {
      expect(breaker.failed(at(present))).toBe(true);
      expect(breaker.phase(at(present + pause - 0.001))).toBe('open');
      present += pause;
      expect(breaker.phase(at(present))).toBe('probing');
    }
    breaker.answered();
    expect(breaker.phase(at(present))).toBe('closed');
    for (let failure = 0; failure < 3; failure++) breaker.failed(at(present));
    expect(breaker.phase(at(present + 10))).toBe('probing'); // the pauses start again
  });

  test('exchanges in progress when it opened do not prolong the pause', () => {
    const breaker = new Breaker(policy, () => 1);
    for (let failure = 0; failure < 3; failure++) breaker.failed(now);
    expect(breaker.failed(at(5))).toBe(false);
    expect(breaker.phase(at(10))).toBe('probing');
  });
});

describe('a lane’s claimed notifications', () => {
  /** Scripted claims: each call waits until it is answered. */
  function claims() {
    const calls: { limit: number; answer(items: number[]): void; fail(error: Error): void }[] = [];
    const claim = (limit: number): Promise<number[]> =>
      new Promise((answer, fail) => void calls.push({ limit, answer, fail }));
    return { calls, claim };
  }
  const turn = (): Promise<void> => new Promise(setImmediate);

  test('are refilled to the maximum when half is left, one claim at a time', async () => {
    const { calls, claim } = claims();
    const hand = new Hand(4, claim);
    const first = hand.take();
    calls[0]?.answer([1, 2, 3, 4]);
    expect(await first).toBe(1);
    expect(await hand.take()).toBe(2);
    expect(calls).toHaveLength(1);
    expect(await hand.take()).toBe(3); // two were left
    expect(await hand.take()).toBe(4); // the pending claim delays nobody
    expect(calls.map(({ limit }) => limit)).toEqual([4, 2]);
    const waiting = [hand.take(), hand.take(), hand.take()];
    calls[1]?.answer([5]); // fewer than requested: no others are due
    expect(await Promise.all(waiting)).toEqual([5, undefined, undefined]);
    expect(await hand.take()).toBeUndefined();
    expect(calls).toHaveLength(2);
  });

  test('a failed claim is retried, and reported only when nothing is left to send', async () => {
    const { calls, claim } = claims();
    const hand = new Hand(2, claim);
    const first = hand.take();
    calls[0]?.answer([1, 2]);
    expect(await first).toBe(1);
    expect(await hand.take()).toBe(2);
    calls[1]?.fail(new Error('away'));
    await turn();
    const next = [hand.take(), hand.take()];
    calls[2]?.fail(new Error('still away'));
    for (const end of await Promise.allSettled(next)) expect(end).toMatchObject({ reason: { message: 'still away' } });
    expect(calls).toHaveLength(3);
  });

  test('remaining claims are returned at the end, including a pending one', async () => {
    const { calls, claim } = claims();
    const hand = new Hand(2, claim);
    const first = hand.take();
    calls[0]?.answer([1, 2]);
    hand.putBack((await first) ?? 0);
    expect([await hand.take(), await hand.take()]).toEqual([1, 2]);
    hand.putBack(2);
    const left = hand.close();
    calls[1]?.answer([3]);
    expect(await left).toEqual([2, 3]);
    expect(await hand.take()).toBeUndefined();
    expect(calls).toHaveLength(2);
  });
});

describe('settlements', () => {
  const log = createLogger('silent');
  const settlement = (index: number): Settlement => ({
    ...{ messageId: String(index), leaseToken: 't', at: now, state: 'sent' },
  });

  test('are grouped: concurrent ones together, later ones with the next statement, in order, none lost', async () => {
    const batches: string[][] = [];
    let begun = (): void => undefined;
    let release = (): void => undefined;
    const statement = (): Promise<void> => new Promise((resolve) => (begun = resolve));
    const settlements = new Settlements(
      {
        async settle(batch) {
          batches.push(batch.map(({ messageId }) => messageId));
          begun();
          await new Promise<void>((resolve) => (release = resolve));
          return batch.length;
        },
      },
      log,
    );
    const first = statement();
    for (const index of [0, 1]) await settlements.add(settlement(index));
    await first;
    for (let index = 2; index < 800; index++) await settlements.add(settlement(index));
    const written = settlements.written();
    for (let statements = 1; statements <= 2; statements++) {
      const next = statement();
      release();
      await next;
    }
    release();
    await written;
    expect(batches.map(({ length }) => length)).toEqual([2, 500, 298]);
    expect(batches.flat()).toEqual(Array.from({ length: 800 }, (_, index) => String(index)));
  });

  test('one that the database refuses does not delay others', async () => {
    const taken: string[] = [];
    const settlements = new Settlements(
      {
        settle(batch) {
          if (batch.some(({ messageId }) => messageId === '2')) return Promise.reject(new Error('invalid value'));
          taken.push(...batch.map(({ messageId }) => messageId));
          return Promise.resolve(batch.length);
        },
      },
      log,
    );
    for (let index = 0; index < 5; index++) void settlements.add(settlement(index));
    await settlements.written();
    expect(taken.sort()).toEqual(['0', '1', '3', '4']);
  });
});
