/** The files of "Scambio File" (4.4.1): CSV with Italian headers, `;` between fields. */
import { csvText } from '../platform/csv/index.js';
import type { DoctorNumber, UnmatchedNumber } from './store.js';

/** columns: codice fiscale medico, numero assistiti; one line per doctor of the ASL. */
export function doctorNumbersFile(numbers: readonly DoctorNumber[]): string {
  return csvText(
    ['codice_fiscale_medico', 'numero_assistiti'],
    numbers.map(({ doctor, persons }) => [doctor, persons]),
  );
}

/** persons without a doctor; one line per processed file of the roster. */
export function unmatchedNumbersFile(numbers: readonly UnmatchedNumber[]): string {
  return csvText(
    ['elaborazione', 'tracciato', 'data_elaborazione', 'numero_assistiti_senza_medico'],
    numbers.map(({ intake, layout, publishedOn, persons }) => [intake, layout, publishedOn, persons]),
  );
}
