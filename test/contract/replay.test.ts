/**
 * `npm run replay` as integration testers run it: a process with its exit code, its JUnit file, and samples that it
 * records.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseXml } from '../../src/platform/soap/xml.js';
import { defaultLimits } from '../../src/platform/soap/limits.js';
import { describeSandbox } from '../../src/dev/sandbox/announce.js';
import { NAMESPACE, SAMPLES_DIRECTORY, envelope, startTestGateway } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { testPeople } from '../support/people.js';

const PROGRAM = fileURLToPath(new URL('../../src/dev/replay/main.js', import.meta.url));
const SCENE = 'scaricoElencoAssistiti';

let gateway: TestGateway;
/** The test's own samples: the preparation and one scene. */
let place: string;
let identities: string;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'passerella-replay-'));
  for (const scene of ['preparazione', SCENE])
    cpSync(join(SAMPLES_DIRECTORY, scene), join(place, scene), { recursive: true });
  const opsPort = Number(new URL(gateway.opsUrl).port);
  const { endpoint, pki } = gateway;
  identities = join(place, 'identities.json');
  writeFileSync(
    identities,
    JSON.stringify(
      describeSandbox({ endpoint, opsPort, namespace: NAMESPACE, portal: '', identity: '', mail: '' }, pki, testPeople),
    ),
  );
});

afterEach(() => {
  rmSync(place, { recursive: true });
});

function run(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

const replayed = (...args: readonly string[]) => run(...args, '--sandbox', identities);

/** The counts of the JUnit file's root, which must be XML. */
function junit(file: string): Record<string, string> {
  const root = parseXml(readFileSync(file, 'utf8'), defaultLimits);
  return Object.fromEntries(root.attributes.map(({ name, value }) => [name, value]));
}

describe('a run', () => {
  test('without differences ends with 0, and the JUnit file counts every case', async () => {
    const file = join(place, 'esito.xml');
    const { code, stdout } = await replayed(join(place, SCENE), '--junit', file);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\d+ riusciti, 0 falliti, 0 sal/),
    });
    const passed = stdout.split('\n').filter((line) => line.startsWith('ok  ')).length;
    expect(passed).toBeGreaterThan(10);
    expect(junit(file)).toMatchObject({ tests: String(passed), failures: '0', skipped: '0' });
  });

  test('with a difference ends with 1, shows it, and the JUnit file contains it', async () => {
    const answer = join(place, SCENE, '07-medico-diverso.response.xml');
    writeFileSync(answer, readFileSync(answer, 'utf8').replace('<esito>1002<', '<esito>9&amp;9<'));
    const file = join(place, 'esito.xml');
    const { code, stdout } = await replayed(place, '--junit', file);
    expect(code).toBe(1);
    expect(stdout).toContain(`NO   ${SCENE}/07-medico-diverso`);
    expect(stdout).toMatch(/^ +- +<esito>9&amp;9<\/esito>\n +\+ +<esito>1002<\/esito>$/m);
    expect(junit(file)['failures']).toBe('1');
    expect(readFileSync(file, 'utf8')).toContain('atteso «9&amp;9», ricevuto «1002»');
  });

  test('with an endpoint that does not answer ends with 1', async () => {
    const { code, stdout } = await replayed(join(place, SCENE), '--endpoint', 'https://127.0.0.1:9/ws/TestSierologici');
    expect(code).toBe(1);
    expect(stdout).toContain('nessuna risposta da https://127.0.0.1:9/');
  });

  test('as a role without the card of a case skips it and reports that', async () => {
    const { code, stdout, stderr } = await replayed(
      join(place, SCENE, '01-con-carta.request.xml'),
      ...['--identity', 'coded'],
    );
    expect(stdout).toMatch(new RegExp(`^salt ${SCENE}/01-con-carta .*l’identità «coded» non ha una carta`, 'm'));
    expect(stdout).toMatch(/^0 riusciti, 0 falliti, [1-9]\d* saltati$/m);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('nessun caso eseguito') });
  });

  test.each([
    ['without samples', [], 'manca la cartella'],
    ['of an unknown option', [SCENE, '--identita', 'x'], '--identita'],
    ['of a folder that is not there', ['altrove'], 'altrove: non esiste'],
    ['of a role that nobody has', [SCENE, '--identity', 'nessuno'], 'nessuna identità «nessuno»'],
    ['at an address that is not https', [SCENE, '--endpoint', 'http://localhost/'], 'atteso un indirizzo https'],
    ['that is to record what is not there', [SCENE, '--record', 'altro'], 'nessun caso con questo nome'],
  ])('%s ends with 2 and the reason', async (_title, args, reason) => {
    const { code, stderr } = await replayed(...args);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
  });
});

describe('an answer', () => {
  const NAME = join('busta', '34-metodo');
  const stating = (answerHeaders: Readonly<Record<string, string>>): void => {
    const file = join(place, `${NAME}.json`);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), answerHeaders }));
  };

  beforeEach(() => {
    mkdirSync(join(place, 'busta'));
    for (const ending of ['request.xml', 'response.xml', 'json'])
      cpSync(join(SAMPLES_DIRECTORY, `${NAME}.${ending}`), join(place, `${NAME}.${ending}`));
  });

  test('with the sample’s header fields is as expected, also if the sample states none', async () => {
    expect(readFileSync(join(place, `${NAME}.json`), 'utf8')).toContain('"Allow"');
    expect((await replayed(join(place, `${NAME}.request.xml`))).code).toBe(0);
    stating({ 'content-type': 'text/xml; charset=utf-8', 'x-request-id': '${requestId}' });
    expect((await replayed(join(place, `${NAME}.request.xml`))).code).toBe(0);
    stating({});
    expect((await replayed(join(place, `${NAME}.request.xml`))).code).toBe(0);
  });

  test('with another header field, or without one, is not', async () => {
    stating({ 'Content-Type': 'application/soap+xml; charset=utf-8', Allow: 'POST', 'Retry-After': '7' });
    const { code, stdout } = await replayed(join(place, `${NAME}.request.xml`));
    expect(code).toBe(1);
    expect(stdout.match(/(?<= \* ).*header.*/g)).toEqual([
      'header HTTP Content-Type: atteso «application/soap+xml; charset=utf-8», ricevuto «text/xml; charset=utf-8»',
      'header HTTP Allow: atteso «POST», ricevuto «POST, GET, HEAD»',
      'manca l’header HTTP Retry-After',
    ]);
  });

  test.each(['parole', '\u00a0'])('without the text %j that the sample has beside elements is not', async (stray) => {
    const file = join(place, `${NAME}.response.xml`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('</codice>', `</codice>${stray}`));
    const { code, stdout } = await replayed(join(place, `${NAME}.request.xml`));
    expect(code).toBe(1);
    expect(stdout).toContain(`/erroreServizio: atteso «${stray}», ricevuto «»`);
    expect(stdout).toMatch(new RegExp(`^ +- +${stray}$`, 'm'));
  });

  test('of another system with text beside elements is not; its Retry-After is checked', async () => {
    const text = readFileSync(join(place, `${NAME}.response.xml`), 'utf8').replace('${requestId}', 'x');
    writeFileSync(join(place, `${NAME}.response.xml`), text);
    writeFileSync(join(place, `${NAME}.json`), JSON.stringify({ titolo: 'Occupato', status: 503 }));
    rmSync(join(place, 'preparazione'), { recursive: true });
    const { certificate, key } = gateway.pki.server;
    let said = text;
    const other = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) => {
      response.writeHead(503, { 'Content-Type': 'text/xml', 'Retry-After': '7' }).end(said);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const endpoint = `https://localhost:${(other.address() as AddressInfo).port}/`;
      const asked = () => replayed(join(place, `${NAME}.request.xml`), '--endpoint', endpoint);
      stating({ 'Retry-After': '7' });
      expect((await asked()).code).toBe(0);
      stating({ 'Retry-After': '70' });
      expect((await asked()).stdout).toContain('header HTTP Retry-After: atteso «70», ricevuto «7»');
      stating({});
      expect((await asked()).code).toBe(0);
      said = text.replace('<detail>', 'parole<detail>');
      const { code, stdout } = await asked();
      expect(code).toBe(1);
      expect(stdout).toContain('/Fault: atteso «», ricevuto «parole»');
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });
});

describe('a new sample', () => {
  const { codiceFiscale } = testPeople.identities.doctor;
  const scene = (): string => join(place, 'nuova');
  const file = (ending: string): string => join(scene(), `caso.${ending}`);

  beforeEach(() => {
    mkdirSync(scene());
    const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
    writeFileSync(file('request.xml'), envelope(SCENE, fields));
  });

  test('fails while it has no expected answer', async () => {
    const { code, stdout } = await replayed(scene());
    expect(code).toBe(1);
    expect(stdout).toContain('registrarlo con --record nuova/caso');
    expect(existsSync(file('response.xml'))).toBe(false);
  });

  test('is recorded with placeholders for variable parts, is as expected from then on, and detects a change', async () => {
    const headers = { 'X-Request-Id': '${requestId}', 'cache-control': 'private' };
    writeFileSync(file('json'), JSON.stringify({ titolo: 'Elenco', status: 500, answerHeaders: headers }));
    expect((await replayed(scene(), '--record', 'nuova/caso')).code).toBe(0);
    expect(readFileSync(file('request.xml'), 'utf8')).not.toContain(codiceFiscale);
    expect(readFileSync(file('request.xml'), 'utf8')).toContain('${doctor}');
    const answer = readFileSync(file('response.xml'), 'utf8');
    for (const form of ['${transaction}', '${dateTime}', '${identifier}', '${date}', 'presenza="ripetuto"'])
      expect(answer).toContain(form);
    expect(answer).not.toMatch(/<(?:nome|cognome)Assistito>[A-Z]/);
    expect(JSON.parse(readFileSync(file('json'), 'utf8'))).toEqual({
      titolo: 'Elenco',
      status: 200,
      answerHeaders: { 'X-Request-Id': '${requestId}', 'cache-control': 'no-store' },
    });

    expect((await replayed(scene())).code).toBe(0);
    writeFileSync(file('response.xml'), answer.replace('<nomeAssistito>${text}</nomeAssistito>', ''));
    expect((await replayed(scene())).code).toBe(1);
  });
});
