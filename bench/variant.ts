/** Measures variants several times in turn: A B C A B C, so that a disturbance affects all. */

export interface Sample {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50?: number | undefined;
  readonly p95?: number | undefined;
  readonly p99?: number | undefined;
  /** Share of a core that the server used: well below 1 the generator was the limit, not the server. */
  readonly busy?: number | undefined;
  /** Peak, MB. */
  readonly resident?: number | undefined;
}

export interface Variant {
  /** Name of the variant, e.g. `our layer on Express, list of 50`. */
  readonly name: string;
  readonly measure: (seconds: number) => Promise<Sample>;
}

export interface Measured extends Sample {
  readonly name: string;
  /** Lowest and highest rate of the rounds. */
  readonly range: readonly [number, number];
}

export interface Pace {
  readonly rounds: number;
  readonly seconds: number;
}

/** Discards one shorter first round, in which programs warm up. @returns medians by name */
export async function interleave(
  variants: readonly Variant[],
  pace: Pace,
  print: (line: string) => void,
): Promise<Map<string, Measured>> {
  for (const variant of variants) await variant.measure(Math.max(1, pace.seconds / 2));
  const samples = new Map<string, Sample[]>(variants.map(({ name }) => [name, []]));
  for (let round = 1; round <= pace.rounds; round++) {
    for (const { name, measure } of variants) {
      const sample = await measure(pace.seconds);
      samples.get(name)?.push(sample);
      print(`${round}/${pace.rounds} ${name}: ${sample.perSecond.toFixed(0)}/s${busyText(sample)}`);
    }
  }
  return new Map([...samples].map(([name, taken]) => [name, summary(name, taken)]));
}

export function busyText({ busy }: Sample): string {
  return busy === undefined ? '' : `, server ${Math.round(busy * 100)} % of a core`;
}

function summary(name: string, samples: readonly Sample[]): Measured {
  const rates = samples.map(({ perSecond }) => perSecond);
  const of = (field: 'p50' | 'p95' | 'p99' | 'busy'): number | undefined =>
    median(defined(samples.map((one) => one[field])));
  const resident = defined(samples.map((one) => one.resident));
  return {
    name,
    perSecond: median(rates) ?? 0,
    range: [Math.min(...rates), Math.max(...rates)],
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    busy: of('busy'),
    resident: resident.length === 0 ? undefined : Math.max(...resident),
  };
}

function defined(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

/** undefined for an empty list */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 || low === undefined || high === undefined ? high : (low + high) / 2;
}
