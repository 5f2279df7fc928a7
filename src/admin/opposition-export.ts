/**
 * `opposition-export`: notifications as CSV, for a region that must learn of them by other means than the service. The
 * only command that discloses persons: the file is readable by its owner only and never replaces another.
 */
import { createOutboxDesk, NOTIFICATION_STATES } from '../opposition/index.js';
import type { Exported } from '../opposition/index.js';
import type { AdminCommand } from './command.js';
import { isRegionCode, parseOptions, REGION_FORM, TEXT } from './arguments.js';
import { writePrivateCsv } from './private-file.js';

const USAGE = `opposition-export --out FILE [--region CODE] [--state ${NOTIFICATION_STATES.join('|')}]

Writes message id, identifier, region, day of the opposition, state, code and description, separated by ;. The file
contains personal data: it must not exist yet, and only its owner can read it.`;

const HEADER =
  'identificativo_messaggio;identificativo_soggetto;regione;data_opposizione;stato;codice_errore;descrizione';

export const oppositionExport: AdminCommand = {
  name: 'opposition-export',
  summary: 'write notifications to a CSV file',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, { out: TEXT, region: TEXT, state: TEXT });
    const { out: path, region } = values;
    const state = NOTIFICATION_STATES.find((known) => known === values.state);
    if (path === undefined) return '--out is missing: the file to write';
    if (region !== undefined && !isRegionCode(region)) return REGION_FORM;
    if (values.state !== undefined && state === undefined)
      return `--state must be one of ${NOTIFICATION_STATES.join(', ')}`;
    return {
      async run(context) {
        const { consentDb, clock, entrance, out } = context;
        const desk = createOutboxDesk(await consentDb(), clock);
        const { pages } = await desk.export(entrance.call, { region, state });
        if (pages === undefined) {
          out('refused: no command may do this');
          return 1;
        }
        const count = await writePrivateCsv(path, HEADER, linesOf(pages));
        if (count === undefined) {
          out(`refused: ${path} exists or cannot be written`);
          return 1;
        }
        out(`${count} notifications written to ${path}`);
        return 0;
      },
    };
  },
};

async function* linesOf(pages: AsyncIterable<readonly Exported[]>): AsyncGenerator<string[][]> {
  for await (const page of pages) {
    yield page.map(({ messageId, subject, region, opposedOn, state, code, description }) => [
      ...[messageId, subject, region, opposedOn, state, code ?? '', description ?? ''],
    ]);
  }
}
