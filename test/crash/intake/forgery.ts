/**
 * Evidence falsified intentionally, one lie at a time: the judge must object to each, otherwise the suite proves
 * nothing.
 */
import type { Evidence } from './judge.js';

/** @param truth evidence of a finished intake, with rejects */
export function forgeriesOf(truth: Evidence): ReadonlyMap<string, Evidence> {
  const { intakes, rows, listed, folder } = truth;
  const [first, ...others] = rows;
  const [intake] = intakes;
  if (first === undefined || intake === undefined) throw new Error('no published intake to lie about');
  const nothing = { rows: [], listed: [], rejects: 0, intakes: [] };
  const missing = { ...folder, waiting: 0, results: [], reports: [] };
  return new Map<string, Evidence>([
    ['one person is not listed', { ...truth, listed: listed.slice(1) }],
    ['one person too many is listed', { ...truth, listed: [...listed, 'X'] }],
    ['an ASL counts one more', { ...truth, rows: [{ ...first, withDoctor: first.withDoctor + 1 }, ...others] }],
    ['an ASL is missing', { ...truth, rows: others }],
    ['a reject was lost', { ...truth, rejects: truth.rejects - 1 }],
    ['it was taken in twice', { ...truth, intakes: [intake, intake] }],
    ['one more was validated', { ...truth, intakes: [{ ...intake, validated: intake.validated + 1 }] }],
    ['it was refused', { ...truth, intakes: [{ ...intake, state: 'refused' }] }],
    ['it is not published', { ...truth, ...nothing, folder: missing }],
    ['it vanished before it was published', { ...truth, ...nothing, folder: missing, isOver: false }],
    ['lists were filled before it was published', { ...truth, intakes: [], rows: [], rejects: 0, isOver: false }],
    [
      'the result file is half',
      { ...truth, folder: { ...folder, results: folder.results.map((text) => text.slice(1)) } },
    ],
    ['the report is half', { ...truth, folder: { ...folder, reports: ['riga;colonna;motivo;valore\n'] } }],
    ['the result file is missing', { ...truth, folder: { ...folder, results: [] } }],
    ['the file is still there', { ...truth, folder: { ...folder, waiting: 1 } }],
    ['the file was put aside', { ...truth, folder: { ...folder, refused: 1 } }],
    ['a staging table stays', { ...truth, leftovers: ['pg_temp_3.intake_row'] }],
  ]);
}
