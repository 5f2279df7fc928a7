/** `opposition-region`: the regions that receive notifications: trust, rate and pause [N-2]. */
import { readFileSync } from 'node:fs';
import type { Call } from '../auth/index.js';
import { RECEIVERS, TLS_MAX, areAnchors, createReceiverDesk } from '../opposition/index.js';
import type { ReceiverChange, ReceiverDesk, ReceiverRefusal } from '../opposition/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import {
  APPLY,
  changed,
  FLAG,
  isRegionCode,
  NOTHING_CHANGED,
  parseWords,
  positiveNumber,
  REGION_FORM,
  TEXT,
  wholeNumber,
} from './arguments.js';

const USAGE = `opposition-region list
opposition-region set --region CODE [--endpoint URL] [--anchors FILE] [--concurrency N] [--rate N|none]
                      [--patient-id plain|cx] [--signature yes|no] [--tls-max 1.2|1.3] [--apply]
opposition-region pause|resume --region CODE [--apply]

  CODE          three digits, or SASN; a new region needs --endpoint and --anchors
  --anchors     PEM file of the authorities that issue the region's server certificate
  --rate        maximum of notifications per second
  --concurrency maximum of notifications at once; both limits apply to each worker process
  --tls-max     1.2 for a region that requests our certificate after the handshake, e.g. only for some of its paths:
                with 1.3 such a region answers 403 or closes the connection
${APPLY}

The worker pauses a region whose certificate it cannot trust; when that is solved, resume it, then run opposition-retry.`;

interface Values {
  readonly endpoint?: string | undefined;
  readonly anchors?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly rate?: string | undefined;
  readonly 'patient-id'?: string | undefined;
  readonly signature?: string | undefined;
  readonly 'tls-max'?: string | undefined;
}

/** @returns the change, or why it is invalid */
function changeOf(values: Values): ReceiverChange | string {
  const { endpoint, anchors, concurrency, rate, 'patient-id': patientId, signature } = values;
  const change: { -readonly [Key in keyof ReceiverChange]: ReceiverChange[Key] } = {};
  if (endpoint !== undefined) {
    if (!URL.canParse(endpoint) || !endpoint.startsWith('https://')) return 'the endpoint must be an https:// URL';
    change.endpoint = endpoint;
  }
  if (anchors !== undefined) {
    const pem = readText(anchors);
    if (pem === undefined || !areAnchors(pem)) return `${anchors}: not a readable file of PEM certificates`;
    change.anchors = pem;
  }
  if (concurrency !== undefined) {
    const count = wholeNumber(concurrency, 1, 256);
    if (count === undefined) return 'the concurrency must be from 1 to 256';
    change.concurrency = count;
  }
  if (rate !== undefined) {
    const perSecond = rate === 'none' ? null : positiveNumber(rate, 100_000);
    if (perSecond === undefined) return 'the rate must be a number above 0, or none';
    change.ratePerSecond = perSecond;
  }
  if (patientId !== undefined) {
    if (patientId !== 'plain' && patientId !== 'cx') return 'the form of the PatientId must be plain or cx';
    change.patientIdForm = patientId;
  }
  if (signature !== undefined) {
    if (signature !== 'yes' && signature !== 'no') return 'the signature must be yes or no';
    change.sign = signature === 'yes';
  }
  if (values['tls-max'] !== undefined) {
    const tlsMax = TLS_MAX.find((version) => version === values['tls-max']);
    if (tlsMax === undefined) return `the highest version of TLS must be ${TLS_MAX.join(' or ')}`;
    change.tlsMax = tlsMax;
  }
  return change;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function list({ consentDb, clock, entrance, out }: AdminContext): Promise<number> {
  const { regions = [] } = await createReceiverDesk(await consentDb(), clock).list(entrance.call, {});
  for (const region of regions) {
    const { code, endpoint, concurrency, ratePerSecond, patientIdForm, sign, tlsMax, pausedAt, pauseReason } = region;
    const pace = `${concurrency} at once${ratePerSecond === null ? '' : `, ${ratePerSecond}/s`}`;
    const paused = pausedAt === null ? '' : `  PAUSED (${pauseReason ?? ''}) since ${pausedAt.toISOString()}`;
    const tls = tlsMax === '1.2' ? '  TLS 1.2' : '';
    out(`${code.padEnd(4)}  ${endpoint}  ${pace}  ${patientIdForm}${sign ? '  signed' : ''}${tls}${paused}`);
  }
  if (regions.length === 0) out('no regions');
  return 0;
}

const REFUSED: Readonly<Record<ReceiverRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'unknown-region': `--region is not the code of a region: ${RECEIVERS.join(', ')}`,
  incomplete: 'nothing to change; a new region needs --endpoint and --anchors',
  'not-running': 'no running region has this code',
  'not-paused': 'no paused region has this code',
};

async function set(desk: ReceiverDesk, call: Call, region: string, change: ReceiverChange): Promise<Told> {
  const { refusals, isNew } = await desk.set(call, { region, change });
  const done = isNew === true ? 'added' : 'changed';
  return { refusals, done: `region ${region} ${done}`, would: `Region ${region} would be ${done}.` };
}

/** Text of a change, planned or done; or of the refusal. */
interface Told {
  readonly refusals: readonly ReceiverRefusal[];
  readonly done: string;
  readonly would: string;
}

export const oppositionRegion: AdminCommand = {
  name: 'opposition-region',
  summary: 'list, set, pause or resume the notified regions',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      region: TEXT,
      endpoint: TEXT,
      anchors: TEXT,
      concurrency: TEXT,
      rate: TEXT,
      'patient-id': TEXT,
      signature: TEXT,
      'tls-max': TEXT,
      apply: FLAG,
    });
    const [action, ...rest] = positionals;
    const { region, apply } = values;
    if (rest.length > 0) return 'expected one action and its options, without further words';
    if (action === 'list') return { action, run: list };
    if (action !== 'set' && action !== 'pause' && action !== 'resume')
      return 'the action must be one of list, set, pause, resume';
    if (!isRegionCode(region)) return REGION_FORM;
    return {
      action,
      apply,
      async run({ consentDb, clock, entrance, out }) {
        const change = action === 'set' ? changeOf(values) : {};
        if (typeof change === 'string') {
          out(`refused: ${change}`);
          return 1;
        }
        const { refusals, done, would } = await changed(await consentDb(), apply, async (db) => {
          const desk = createReceiverDesk(db, clock);
          if (action === 'set') return set(desk, entrance.call, region, change);
          const changing = await desk[action](entrance.call, { region });
          return { ...changing, done: `region ${region}: ${action} done`, would: `Would ${action} region ${region}.` };
        });
        const [refusal] = refusals;
        if (refusal !== undefined) {
          out(`refused: ${REFUSED[refusal]}`);
          return 1;
        }
        out(apply ? done : would);
        if (!apply) out(NOTHING_CHANGED);
        return 0;
      },
    };
  },
};
