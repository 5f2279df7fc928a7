/** The pairs of figures to compare, and the targets of their ratios. The only place with targets. */
import { COLD } from './sign-in.js';
import { GATEWAY, PGBENCH } from './gateway.js';
import { HANDSHAKES, OPENSSL } from './handshakes.js';
import { LOOK_UP } from './look-up.js';
import { SIZES } from './messages.js';
import { BARE_PAGE, PAGE, PAGES, SIGN_IN } from './portal-names.js';
import { SENDING } from './sending.js';
import { variantName } from './engines.js';
import type { Measured } from './variant.js';

/** A line of bench/results.json. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly unit: string;
  /** Time of the measurement, UTC, to the second. */
  readonly date: string;
}

export interface Compared extends Result {
  /** Lower or upper bound of the ratio; undefined: only reported. */
  readonly target?: { readonly least?: number; readonly most?: number } | undefined;
}

interface Pair {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly least?: number;
  /** Also reported per second of processor time, without a target: the two do different work. */
  readonly isUnlike?: boolean;
}

const PAIRS: readonly Pair[] = [
  ...SIZES.flatMap((size) => {
    const ours = variantName('layer', size);
    const ofBare = { submission: 0.45, 'list of 50': undefined, 'list of 1 500': 0.8 }[size];
    return [
      {
        name: `SOAP layer on Express : soap package on Express, ${size}`,
        ours,
        peer: variantName('soap-express', size),
        least: 3,
      },
      { name: `SOAP layer on Express : soap package on http, ${size}`, ours, peer: variantName('soap-http', size) },
      {
        name: `SOAP layer on Express : bare Node http, ${size}`,
        ours,
        peer: variantName('bare', size),
        ...(ofBare === undefined ? {} : { least: ofBare }),
      },
      {
        name: `SOAP layer on Express : bare Node http with bytes made once, ${size}`,
        ours,
        peer: variantName('bare-bytes', size),
      },
    ];
  }),
  {
    name: 'gateway : pgbench with the same statements, submission',
    ours: GATEWAY.submission,
    peer: PGBENCH.submission,
    least: 0.6,
  },
  {
    name: 'gateway : pgbench with one plain single-row statement, submission',
    ours: GATEWAY.submission,
    peer: PGBENCH.plain,
  },
  {
    name: 'gateway : pgbench with the same statements, list of 50',
    ours: GATEWAY.list50,
    peer: PGBENCH.list50,
    least: 0.5,
  },
  { name: 'gateway : pgbench with the same statements, list of 1 500', ours: GATEWAY.list1500, peer: PGBENCH.list1500 },
  { name: 'password and pincode, remembered : card, list of 50', ours: GATEWAY.password, peer: GATEWAY.list50 },
  { name: 'password and pincode, not remembered : remembered', ours: COLD, peer: GATEWAY.password },
  { name: 'submission on a new connection each : kept alive', ours: GATEWAY.newConnection, peer: GATEWAY.submission },
  { name: 'new mutual-TLS connections : openssl s_time', ours: HANDSHAKES, peer: OPENSSL },
  {
    name: 'sender : bare https client with the same bytes, notifications to 21 regions',
    ours: SENDING.healthy,
    peer: SENDING.bare,
    least: 0.6,
    isUnlike: true,
  },
  ...PAGES.map((page) => ({
    name: `portal : bare Express page over TLS with the same text, ${page}`,
    ours: PAGE(page),
    peer: BARE_PAGE(page),
  })),
  { name: 'portal, sign-in not remembered : remembered', ours: SIGN_IN.cold, peer: SIGN_IN.remembered },
  { name: 'block look-up : pgbench with the same statement', ours: LOOK_UP.ours, peer: LOOK_UP.pgbench, least: 0.6 },
];

/** The pairs of which both figures were measured. */
export function compare(measured: ReadonlyMap<string, Measured>, date: string): Compared[] {
  return PAIRS.flatMap(({ name, ours, peer, least, isUnlike = false }) => {
    const [one, other] = [measured.get(ours), measured.get(peer)];
    if (one === undefined || other === undefined) return [];
    const target = least === undefined ? undefined : { least };
    const rates = compared(name, one.perSecond, other.perSecond, '1/s', date, target);
    if (one.busy === undefined || other.busy === undefined) return [rates];
    // Rate of a fully loaded core: equal to the measured rate, unless the generator or a neighbour limited one of them.
    const cores = [one.perSecond / one.busy, other.perSecond / other.busy] as const;
    const ofCore = `${name} (per second of ${isUnlike ? 'its own' : 'the server’s'} core)`;
    return [rates, compared(ofCore, ...cores, '1/s', date, isUnlike ? undefined : target)];
  });
}

export function compared(
  name: string,
  ours: number,
  peer: number,
  unit: string,
  date: string,
  target?: Compared['target'],
): Compared {
  const rounded = (value: number): number => Number(value.toPrecision(4));
  return { name, ours: rounded(ours), peer: rounded(peer), ratio: rounded(ours / peer), unit, date, target };
}

export function isMet({ ratio, target }: Compared): boolean | undefined {
  if (target === undefined) return undefined;
  return ratio >= (target.least ?? 0) && ratio <= (target.most ?? Infinity);
}
