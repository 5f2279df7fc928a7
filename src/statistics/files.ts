/**
 * The files of a statistic as CSV (5.4): Italian headers, `;` between fields, UTF-8. docs/statistics.md describes them.
 */
import { romeDateTime } from '../platform/clock.js';
import { csvText } from '../platform/csv/index.js';
import type { AslFigures, Figures, IntakeFigures } from './figures.js';

export interface StatisticsFile {
  readonly name: string;
  readonly content: string;
}

const FIGURE_COLUMNS = ['test_eseguiti_medico', 'kit_assegnati_medico', 'test_eseguiti_asl'];

/** @param takenAt date and time of the statistic, first column of every file */
export function filesOf({ asls, intakes }: Figures, takenAt: Date): readonly StatisticsFile[] {
  const date = romeDateTime(takenAt);
  return [
    {
      name: 'statistiche_asl.csv',
      content: csvText(
        ['data_statistica', 'codice_regione', 'regione', 'codice_asl', 'asl', ...FIGURE_COLUMNS],
        asls.map((asl) => [date, asl.regionCode, asl.regionName, asl.aslCode, asl.aslName, ...figuresOf(asl)]),
      ),
    },
    {
      name: 'statistiche_regioni.csv',
      content: csvText(
        ['data_statistica', 'codice_regione', 'regione', ...FIGURE_COLUMNS],
        regionsOf(asls).map((region) => [date, region.regionCode, region.regionName, ...figuresOf(region)]),
      ),
    },
    {
      name: 'personale_scolastico.csv',
      content: csvText(
        [
          ...['data_statistica', 'elaborazione', 'tracciato', 'data_elaborazione', 'codici_fiscali_validati'],
          ...['codice_regione', 'regione', 'codice_asl', 'asl', 'soggetti_con_medico_statale'],
          ...['soggetti_senza_medico_statale', 'soggetti_paritarie', 'asl_attribuita_per_provincia', 'sostituisce'],
        ],
        intakes.map((row) => [date, ...intakeFields(row)]),
      ),
    },
  ];
}

export type RegionFigures = Omit<AslFigures, 'aslCode' | 'aslName'>;

/** Sums by region, in the order of the regions' first rows. */
export function regionsOf(asls: readonly AslFigures[]): readonly RegionFigures[] {
  const regions = new Map<string, RegionFigures>();
  for (const { regionCode, regionName, doctorTests, doctorKits, aslTests } of asls) {
    const before = regions.get(regionCode);
    regions.set(regionCode, {
      ...{ regionCode, regionName },
      doctorTests: doctorTests + (before?.doctorTests ?? 0),
      doctorKits: doctorKits + (before?.doctorKits ?? 0),
      aslTests: aslTests + (before?.aslTests ?? 0),
    });
  }
  return [...regions.values()];
}

function figuresOf({ doctorTests, doctorKits, aslTests }: RegionFigures): number[] {
  return [doctorTests, doctorKits, aslTests];
}

function intakeFields(row: IntakeFigures): (string | number)[] {
  return [
    ...[row.intake, row.layout, romeDateTime(new Date(row.publishedAt)), row.validated],
    ...[row.regionCode, row.regionName ?? '', row.aslCode, row.aslName ?? ''],
    ...[row.withDoctor, row.withoutDoctor, row.paritarie, row.attributed ? 'SI' : 'NO', row.replaces],
  ];
}
