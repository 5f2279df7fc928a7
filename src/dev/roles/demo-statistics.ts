/**
 * The last part of the roster's demonstration: sends statistics by certified mail [C-2], and opens them as the
 * recipient. Compares the archive's figures with the earlier steps of the story.
 */
import { createMachineEntrance } from '../../auth/index.js';
import { openDelivery } from '../sandbox/commissioner.js';
import { DELIVER_JOB, PREPARE_JOB, createStatisticsDesk } from '../../statistics/index.js';
import type { RosterStage } from './demo-roster-place.js';

/** Archive, receipt, password, receipt: each round advances as far as possible. */
const MAX_ROUNDS = 10;

/** Expected figures of the doctor's ASL. */
export interface ExpectedFigures {
  readonly tests: number;
  readonly asl: number;
  readonly kits: number;
}

export async function sendStatistics(
  { place, clock, out, seen }: RosterStage,
  { tests, asl, kits }: ExpectedFigures,
): Promise<void> {
  out('5. The statistics leave for the Commissioner by certified mail.');
  out(`   ${(await place.run(PREPARE_JOB)).result ?? ''}`);
  const desk = createStatisticsDesk(place.db, clock);
  const { call } = await createMachineEntrance(place.db, clock);
  const isDone = async (): Promise<boolean> =>
    (await desk.list(call, { limit: 1 })).deliveries?.[0]?.finishedAt instanceof Date;
  for (let round = 0; round < MAX_ROUNDS && !(await isDone()); round++) {
    out(`   ${(await place.run(DELIVER_JOB)).result ?? ''}`);
  }
  seen('both mails are delivered, by the receipts of the provider', await isDone());

  const { caught } = place.catcher;
  for (const { subject, to } of caught) out(`   to ${to}: ${subject}`);
  seen('two mails arrived', caught.length === 2);
  const opened = await openDelivery(caught.map(({ file }) => file));
  seen(`${opened?.archiveName ?? 'the archive'} opens with the password of the other mail`, opened !== undefined);
  seen('and with no other', opened?.isShut === true);
  for (const [name, content] of opened?.files ?? []) {
    out(`   ${name}: ${content.trimEnd().split('\n').length - 1} lines`);
  }

  const rows = tableOf(opened?.files.get('statistiche_asl.csv') ?? '');
  const row = rows.find((candidate) => candidate['codice_asl'] === place.identity.aslCode);
  const found = {
    tests: Number(row?.['test_eseguiti_medico']),
    kits: Number(row?.['kit_assegnati_medico']),
    asl: Number(row?.['test_eseguiti_asl']),
  };
  const ofAsl = `ASL ${place.identity.aslCode}: ${found.tests} tests by doctors, ${found.kits} kits, ${found.asl} tests by the ASL`;
  seen(ofAsl, found.tests === tests && found.asl === asl && found.kits === kits);
  const layouts = new Set(
    tableOf(opened?.files.get('personale_scolastico.csv') ?? '').map((line) => line['tracciato']),
  );
  seen(`the results of ${layouts.size} files of the roster`, layouts.size === 3);
}

/** Parses fields without quotes, as in these columns. */
function tableOf(csv: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const names = header.split(';');
  return lines.map((line) => {
    const fields = line.split(';');
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}
