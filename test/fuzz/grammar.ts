/** Generates messages: a sample, slightly changed in its structure, in its bytes, or in how it is sent. */
import fc from 'fast-check';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { ContractShape } from '../../src/platform/soap/index.js';
import { fill, readSamples } from '../../src/dev/replay/index.js';
import type { Message } from './message.js';
import { BYTE_MUTATION, PROLOGUE, TREE_MUTATION, mutate, mutateBytes } from './mutations.js';
import type { ByteMutation } from './mutations.js';
import { CANARY, CONTENT_TYPE, OUTSIDE, SOAP_ACTION, XSI } from './pools.js';
import type { Example, Subject } from './subjects.js';
import { elementsOf, readXml, writeXml } from './xml-text.js';
import type { ElementNode } from './xml-text.js';

/** Any value: none is looked up here. */
const PERSON = 'RSSMRA80A01H501U';
const VALUES = new Map([
  ...['doctor', 'secondDoctor', 'substitute', 'revoked', 'expired', 'coded'].map((name) => [name, PERSON] as const),
  ...['patient', 'patient2', 'patient3', 'patient4', 'patient5', 'foreignPatient'].map(
    (name) => [name, PERSON] as const,
  ),
  ...['lastTransaction', 'otherTransaction', 'passwordTransaction', 'substituteTransaction', 'nextTransaction'].map(
    (name) => [name, '31'] as const,
  ),
  ...['pinCode', 'wrongPinCode', 'pinCodeOaep'].map((name) => [name, `${CANARY}AAAA`] as const),
  ['today', '2020-09-15'],
  ['yesterday', '2020-09-14'],
  ['tomorrow', '2020-09-16'],
]);

interface Seed {
  readonly text: string;
  /** Undefined for intentionally ill-formed ones. */
  readonly tree: ElementNode | undefined;
}

/** @param directory of the samples */
export async function readSeeds(directory: string, { contract, examples }: Subject): Promise<Seed[]> {
  const samples = (await readSamples(directory)).map(({ request }) => fill(request, VALUES));
  const texts = examples?.flatMap((example) => samples.map((sample) => around(sample, contract, example))) ?? samples;
  return [...new Set(texts)].map((text) => ({ text, tree: treeOf(text) }));
}

/** A sample's envelope around another contract's request; ill-formed text only gets its namespaces replaced. */
function around(sample: string, contract: ContractShape, example: Example): string {
  // The types' namespace starts with it.
  const text = sample.replaceAll(testSierologici.wsdlNamespace, contract.wsdlNamespace);
  const tree = treeOf(text);
  if (tree === undefined) return text;
  const fields = Object.entries(example.fields).map(([name, value]) => `<tes:${name}>${value}</tes:${name}>`);
  const { operation } = example;
  const declarations = `xmlns:tes="${contract.namespace}" xmlns:xsi="${XSI}"`; // for mutations
  const request = readXml(`<tes:${operation} ${declarations}>${fields.join('')}</tes:${operation}>`);
  for (const { element } of elementsOf(tree)) if (/(?:^|:)Body$/.test(element.name)) element.children = [request];
  return writeXml(tree);
}

function treeOf(text: string): ElementNode | undefined {
  try {
    return readXml(text);
  } catch {
    return undefined;
  }
}

/** Bytes are changed rarely: such a message usually ends at the parser. */
export function messages(seeds: readonly Seed[]): fc.Arbitrary<Message> {
  return fc
    .record({
      seed: fc.constantFrom(...seeds),
      prologue: fc.oneof({ weight: 6, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: PROLOGUE }),
      epilogue: fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: OUTSIDE }),
      mutations: fc.array(TREE_MUTATION, { maxLength: 3 }),
      byteMutations: fc.oneof(
        { weight: 6, arbitrary: fc.constant<ByteMutation[]>([]) },
        { weight: 1, arbitrary: fc.array(BYTE_MUTATION, { minLength: 1, maxLength: 3 }) },
      ),
      contentType: CONTENT_TYPE,
      soapAction: SOAP_ACTION,
    })
    .map(({ seed, prologue, epilogue, mutations, byteMutations, contentType, soapAction }) => {
      const tree = seed.tree === undefined ? undefined : structuredClone(seed.tree);
      if (tree !== undefined) for (const mutation of mutations) mutate(tree, mutation);
      const text = prologue.join('') + (tree === undefined ? seed.text : writeXml(tree)) + epilogue;
      return { contentType, soapAction, body: byteMutations.reduce(mutateBytes, Buffer.from(text)) };
    });
}
