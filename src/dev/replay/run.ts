/**
 * Sends samples to an endpoint, one after the other, and compares each answer with the expected one. Independent of the
 * operations.
 */
import { performance } from 'node:perf_hooks';
import { addDays, romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import { compare } from './compare.js';
import type { Identities, Identity } from './identities.js';
import { UnknownPlaceholder, fill, matches } from './placeholders.js';
import { PREPARATION } from './sample.js';
import type { Sample } from './sample.js';
import { encryptPincode, headerOf } from './transport.js';
import type { Incoming, Transport } from './transport.js';
import { elementsNamed, readTree } from './tree.js';

export interface CaseResult {
  readonly sample: Sample;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why it did not pass, in Italian. */
  readonly reasons: readonly string[];
  /** The XML difference; empty if there is none to show. */
  readonly lines: readonly string[];
  readonly seconds: number;
}

export interface ReplayOptions {
  readonly identities: Identities;
  /** The role of the samples' doctor. */
  readonly role: string;
  readonly clock: Clock;
  readonly transport: Transport;
  /** Called with the answer of each sample without an expected one; returns why the sample fails. */
  onUnrecorded(sample: Sample, answer: Incoming, memory: ReadonlyMap<string, string>): string | undefined;
  /** Called after each case. */
  onResult(result: CaseResult): void;
}

const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
/** A pincode that nobody has. */
const WRONG_PINCODE = '0000000000';

/** Sends the samples in order. The answer of one fills the placeholders of later ones. */
export async function replay(samples: readonly Sample[], options: ReplayOptions): Promise<CaseResult[]> {
  const { identities, role, clock } = options;
  const me = identityOf(identities, role);
  const today = romeDate(clock.now());
  const memory = new Map<string, string>([
    ['today', today],
    ['yesterday', addDays(today, -1)],
    ['tomorrow', addDays(today, 1)],
    ['doctor', me.codiceFiscale],
  ]);
  for (const other of identities.all)
    if (other !== me && other.role !== 'doctor') memory.set(other.role, other.codiceFiscale);
  const collections = new Map<string, ReadonlySet<string>>();
  const results: CaseResult[] = [];
  for (const sample of samples) {
    const result = await play(sample, memory, collections, options);
    results.push(result);
    options.onResult(result);
  }
  return results;
}

/** @throws Error in Italian when no identity has the role */
export function identityOf(identities: Identities, role: string): Identity {
  const found = identities.all.find((identity) => identity.role === role);
  if (found !== undefined) return found;
  const known = identities.all.map((identity) => identity.role).join(', ');
  throw new Error(`nessuna identità «${role}»: ci sono ${known}`);
}

async function play(
  sample: Sample,
  memory: Map<string, string>,
  collections: Map<string, ReadonlySet<string>>,
  options: ReplayOptions,
): Promise<CaseResult> {
  const started = performance.now();
  const end = (verdict: CaseResult['verdict'], reasons: readonly string[] = [], lines: readonly string[] = []) => ({
    sample,
    verdict,
    reasons,
    lines,
    seconds: (performance.now() - started) / 1000,
  });
  const unfit = unfitness(sample, options);
  if (unfit !== undefined) return end('skipped', [unfit]);
  try {
    const answer = await options.transport.send(messageOf(sample, memory, options));
    remember(sample, answer, memory, collections);
    if (sample.response === undefined) {
      const reason = options.onUnrecorded(sample, answer, memory);
      return reason === undefined ? end('passed') : end('failed', [reason]);
    }
    const reasons: string[] = [];
    if (answer.status !== sample.details.status) {
      reasons.push(`stato HTTP: atteso ${sample.details.status}, ricevuto ${answer.status}`);
    }
    reasons.push(...headerDifferences(sample, answer, memory));
    const ids = new Map(memory);
    const requestId = headerOf(answer, 'X-Request-Id');
    if (requestId !== undefined) ids.set('requestId', requestId);
    else if (sample.response.includes('${requestId}')) reasons.push('manca l’header HTTP X-Request-Id');
    const { differences, lines } = compare(readTree(sample.response), readAnswer(answer.text), ids);
    reasons.push(...differences);
    return reasons.length === 0 ? end('passed') : end('failed', reasons, differences.length === 0 ? [] : lines);
  } catch (error) {
    // A value is missing because the earlier case that provides it failed; unless that one could not run either.
    if (error instanceof UnknownPlaceholder && sample.scene !== PREPARATION) return end('skipped', [error.message]);
    return end('failed', [error instanceof Error ? error.message : String(error)]);
  }
}

/** Checks only the headers that the sample states. */
function headerDifferences({ details }: Sample, answer: Incoming, memory: ReadonlyMap<string, string>): string[] {
  return Object.entries(details.answerHeaders).flatMap(([name, expected]) => {
    const received = headerOf(answer, name);
    if (received === undefined) return [`manca l’header HTTP ${name}`];
    if (matches(expected, received, memory)) return [];
    return [`header HTTP ${name}: atteso «${expected}», ricevuto «${received}»`];
  });
}

function readAnswer(text: string): ReturnType<typeof readTree> {
  try {
    return readTree(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`la risposta ${reason}; comincia con: ${text.slice(0, 200)}`, { cause: error });
  }
}

/** Why a case cannot run with these identities. */
function unfitness({ details }: Sample, { identities, role }: ReplayOptions): string | undefined {
  if (details.onlyFor !== undefined && details.onlyFor !== role) return `vale solo con --identity ${details.onlyFor}`;
  const identity = identities.all.find((candidate) => candidate.role === (details.identity ?? role));
  if (identity === undefined) return `manca l’identità «${details.identity ?? role}»`;
  if (details.credentials === 'card' && (identity.certificate === undefined || identity.key === undefined)) {
    return `l’identità «${identity.role}» non ha una carta`;
  }
  if (details.credentials === 'password' && (identity.userId === undefined || identity.password === undefined)) {
    return `l’identità «${identity.role}» non ha utente e password`;
  }
  return undefined;
}

function messageOf({ details, request }: Sample, memory: Map<string, string>, options: ReplayOptions) {
  const identity = identityOf(options.identities, details.identity ?? options.role);
  const values = new Map(memory);
  const certificate = options.identities.pincodeCertificate;
  if (certificate !== undefined) {
    if (identity.pincode !== undefined) {
      values.set('pinCode', encryptPincode(identity.pincode, certificate, 'PKCS1-V1_5'));
      values.set('pinCodeOaep', encryptPincode(identity.pincode, certificate, 'OAEP'));
    }
    values.set('wrongPinCode', encryptPincode(WRONG_PINCODE, certificate, 'PKCS1-V1_5'));
  }
  const isSoap12 = request.includes(SOAP_12);
  const contentType =
    details.contentType ?? (isSoap12 ? 'application/soap+xml; charset=utf-8' : 'text/xml; charset=utf-8');
  const { certificate: card, key } = identity;
  return {
    method: details.method,
    headers: {
      ...(contentType !== '' && { 'Content-Type': contentType }),
      ...(details.soapAction !== undefined && { SOAPAction: details.soapAction }),
      ...details.headers,
    },
    body: fill(request, values),
    card:
      details.credentials === 'card' && card !== undefined && key !== undefined
        ? { certificate: card, key }
        : undefined,
    basic:
      details.credentials === 'password'
        ? { userId: details.userId ?? identity.userId ?? '', password: details.password ?? identity.password ?? '' }
        : undefined,
  };
}

function remember(
  { details }: Sample,
  answer: Incoming,
  memory: Map<string, string>,
  collections: Map<string, ReadonlySet<string>>,
): void {
  const wanted = Object.entries(details.remember);
  if (wanted.length === 0) return;
  const root = readAnswer(answer.text);
  for (const [name, said] of wanted) {
    const { element, nth, notAmong, all } =
      typeof said === 'string' ? { element: said, nth: 1, notAmong: undefined, all: false } : said;
    const excluded = notAmong === undefined ? undefined : collections.get(notAmong);
    const values = elementsNamed(root, element)
      .map(({ text }) => text)
      .filter((value) => excluded?.has(value) !== true);
    const value = values[nth - 1];
    if (all) collections.set(name, new Set(values));
    else if (value === undefined) memory.delete(name);
    else memory.set(name, value);
  }
}
