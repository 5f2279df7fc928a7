/**
 * Every sample of samples/, replayed against a complete gateway by the tool of the integration testers, with its
 * comparison. The second half proves that differences are detected.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { caseText, openTransport, readIdentities, readSamples, replay } from '../../src/dev/replay/index.js';
import type { CaseResult, Sample } from '../../src/dev/replay/index.js';
import { describeSandbox } from '../../src/dev/sandbox/announce.js';
import { NAMESPACE, SAMPLES_DIRECTORY, startTestGateway } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { testPeople } from '../support/people.js';

const samples = await readSamples(SAMPLES_DIRECTORY);

let gateway: TestGateway;
const results = new Map<string, CaseResult>();

beforeAll(async () => {
  gateway = await startTestGateway();
  for (const result of await play(samples)) results.set(result.sample.path, result);
}, 120_000);

afterAll(() => gateway.stop());

async function play(chosen: readonly Sample[]): Promise<CaseResult[]> {
  const file = join(gateway.pki.directory, 'samples-identities.json');
  const opsPort = Number(new URL(gateway.opsUrl).port);
  const sandbox = describeSandbox(
    { endpoint: gateway.endpoint, opsPort, namespace: NAMESPACE, portal: '', identity: '', mail: '' },
    gateway.pki,
    testPeople,
  );
  writeFileSync(file, JSON.stringify(sandbox));
  const identities = readIdentities(file);
  const transport = openTransport(gateway.endpoint, identities.ca);
  try {
    return await replay(chosen, {
      identities,
      role: 'doctor',
      clock: gateway,
      transport,
      onUnrecorded: () => 'the sample has no expected answer',
      onResult: () => undefined,
    });
  } finally {
    transport.close();
  }
}

describe('the samples', () => {
  // Every operation with good and bad cases; a wrong path would find none and pass.
  test.each([
    'scaricoElencoAssistiti',
    'invioTestSierologico',
    'annullamentoTestSierologico',
    'scaricoElencoTestSierologici',
  ])('cover %s with success, refusal and fault', (scene) => {
    const expected = samples.filter((sample) => sample.scene === scene).map(({ response }) => response ?? '');
    expect(expected.some((text) => text.includes('<esito>0000</esito>'))).toBe(true);
    expect(expected.some((text) => /<esito>[1-4]\d{3}<\/esito>/.test(text))).toBe(true);
    expect(expected.some((text) => text.includes('Fault>'))).toBe(true);
  });

  test.each(
    samples.map((sample) => ({ name: `${sample.scene}/${sample.name}: ${sample.details.titolo}`, path: sample.path })),
  )('$name', ({ path }) => {
    const result = results.get(path);
    // A failure shows the whole report of the case.
    expect(result?.verdict === 'passed' ? 'passed' : result && caseText(result)).toBe('passed');
  });
});

describe('the comparison', () => {
  const scene = samples.filter(({ path, scene: name }) => name === 'preparazione' || path.endsWith('01-con-carta'));
  const altered = (from: string, to: string): Sample[] =>
    scene.map((sample) =>
      sample.scene === 'preparazione' ? sample : { ...sample, response: sample.response?.replace(from, to) },
    );
  const lastOf = async (chosen: readonly Sample[]) => (await play(chosen)).at(-1);

  test('detects another value', async () => {
    const result = await lastOf(altered('<esito>0000</esito>', '<esito>0001</esito>'));
    expect(result?.verdict).toBe('failed');
    expect(result?.reasons).toEqual([
      'Envelope/Body/scaricoElencoAssistitiResponse/esito: atteso «0001», ricevuto «0000»',
    ]);
    expect(result?.lines.filter((line) => /^[-+]/.test(line))).toEqual([
      '-      <esito>0001</esito>',
      '+      <esito>0000</esito>',
    ]);
  });

  test('detects an element that is missing, superfluous, of a wrong form and of another namespace', async () => {
    const cases = [
      altered('<esito>', '<assente/><esito>'),
      altered('<esito>0000</esito>', ''),
      altered('${transaction}', '${requestId}'),
      altered('urn:passerella:testsierologici:v1:tipi', 'urn:altro'),
      altered('<nomeAssistito>${text}</nomeAssistito>', ''),
    ];
    for (const chosen of cases) expect((await lastOf(chosen))?.verdict).toBe('failed');
  });

  test('detects another HTTP status', async () => {
    const chosen = scene.map((sample) => ({ ...sample, details: { ...sample.details, status: 202 } }));
    expect((await lastOf(chosen))?.reasons).toEqual(['stato HTTP: atteso 202, ricevuto 200']);
  });
});
