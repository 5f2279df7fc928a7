/** The results as CSV for the Commissioner's office, by layout (2.4.1-2.4.3). */
import { csvText } from '../platform/csv/index.js';
import type { Layout, ResultRow, RosterResult } from './model.js';

type Cells = Readonly<Record<string, (row: ResultRow) => string | number>>;

/** The footnote of 2.4.2, beside the numbers that it explains. */
const FOOTNOTE = 'provincia attribuita alla ASL con il maggior numero di comuni nel suo territorio (2.4.2)';
/** 2.4.2 does not say which ASL applies when several have equally many. */
const TIE = '; a parità di comuni, a quella con il codice minore';

const PLACE: Cells = { regione: ({ region }) => region, asl: ({ asl }) => asl };

const CELLS: Readonly<Record<Layout, Cells>> = {
  statali: {
    ...PLACE,
    soggetti_con_medico: ({ withDoctor }) => withDoctor,
    soggetti_senza_medico: ({ withoutDoctor }) => withoutDoctor,
  },
  paritarie: {
    ...PLACE,
    soggetti: ({ paritarie }) => paritarie,
    nota: ({ attributed, tied }) => (attributed ? `${FOOTNOTE}${tied ? TIE : ''}` : ''),
  },
  trento_bolzano: {
    ...PLACE,
    statali_con_medico: ({ withDoctor }) => withDoctor,
    statali_senza_medico: ({ withoutDoctor }) => withoutDoctor,
    paritarie: ({ paritarie }) => paritarie,
  },
};

/**
 * A header and a line per region and ASL. The number of validated codici fiscali, one for the whole file, is the first
 * field of each line; a result without rows has one line with neither region nor ASL, so that the number is still
 * reported.
 */
export function resultCsv({ intake, rows }: RosterResult): string {
  const replaces = intake.replaces.join(' ');
  // a separate column, only if an intake was replaced.
  const cells: Cells = { ...CELLS[intake.layout], ...(replaces === '' ? {} : { sostituisce: () => replaces }) };
  const names = Object.keys(cells);
  const lines = rows.map((row) => Object.values(cells).map((cell) => cell(row)));
  if (lines.length === 0) lines.push(names.map((name) => (name === 'sostituisce' ? replaces : '')));
  return csvText(
    ['codici_fiscali_validati', ...names],
    lines.map((line) => [intake.validated, ...line]),
  );
}
