/** The misbehaviours of a simulated region, and their rates. The region carries them out. */

/** Each applies to one message, except the last two, which apply to a new connection. */
export const MISBEHAVIOURS = [
  'slow',
  'refuse',
  'malformed',
  'close',
  '503',
  'fault',
  'poison',
  'contradictory',
  'soap12',
  'mtom',
  'gzip',
  'wrong-certificate',
  'expired-certificate',
] as const;
export type MisbehaviourKind = (typeof MISBEHAVIOURS)[number];

export interface Misbehaviour {
  readonly kind: MisbehaviourKind;
  /** Share of affected messages or connections: more than 0, at most 1. */
  readonly rate: number;
}

/** An unknown misbehaviour; the message is for the user. */
export class MisbehaviourError extends Error {}

/**
 * Parses `slow:0.2,503:0.1`; a kind without a rate applies always; `none` or nothing is good behaviour.
 * @throws MisbehaviourError naming the unknown word
 */
export function parseMisbehaviours(text: string): readonly Misbehaviour[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => word === '' || word === 'none')) return [];
  const list = words.map((word) => {
    const [name = '', rate = '1', ...more] = word.split(':');
    const kind = MISBEHAVIOURS.find((known) => known === name);
    if (kind === undefined || more.length > 0) {
      throw new MisbehaviourError(`«${word}» is not one of ${MISBEHAVIOURS.join(', ')}, each with :rate if wanted`);
    }
    const part = /^(?:0?\.[0-9]+|1(?:\.0+)?)$/.test(rate) ? Number(rate) : 0;
    if (part <= 0) throw new MisbehaviourError(`«${word}»: a rate is more than 0 and at most 1`);
    return { kind, rate: part };
  });
  for (const group of [forMessages(list), forConnections(list)]) {
    if (group.reduce((sum, { rate }) => sum + rate, 0) > 1 + Number.EPSILON * MISBEHAVIOURS.length) {
      throw new MisbehaviourError(`«${text}»: the rates are more than 1 together`);
    }
  }
  return list;
}

/** The format of parseMisbehaviours. */
export function describeMisbehaviours(list: readonly Misbehaviour[]): string {
  return list.length === 0 ? 'none' : list.map(({ kind, rate }) => (rate === 1 ? kind : `${kind}:${rate}`)).join(',');
}

export function forMessages(list: readonly Misbehaviour[]): readonly Misbehaviour[] {
  return list.filter(({ kind }) => !isOfConnection(kind));
}

export function forConnections(list: readonly Misbehaviour[]): readonly Misbehaviour[] {
  return list.filter(({ kind }) => isOfConnection(kind));
}

function isOfConnection(kind: MisbehaviourKind): kind is 'wrong-certificate' | 'expired-certificate' {
  return kind === 'wrong-certificate' || kind === 'expired-certificate';
}

/**
 * The misbehaviour for this draw, if any.
 * @param draw a number from 0 (included) to 1 (excluded)
 */
export function drawn(list: readonly Misbehaviour[], draw: number): MisbehaviourKind | undefined {
  let bound = 0;
  for (const { kind, rate } of list) {
    bound += rate;
    if (draw < bound) return kind;
  }
  return undefined;
}
