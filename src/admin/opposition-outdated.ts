/**
 * `opposition-outdated`: per region, the persons with an outdated notification [O-9]. Prints counts; writes persons
 * only to a file that only its owner may read.
 */
import { OUTDATED_REASONS, createOutdatedDesk } from '../opposition/index.js';
import type { Outdated, OutdatedReason } from '../opposition/index.js';
import { RegistryAnaLookup } from '../registry/index.js';
import type { AdminCommand } from './command.js';
import { isRegionCode, parseOptions, REGION_FORM, TEXT } from './arguments.js';
import { writePrivateCsv } from './private-file.js';

const USAGE = `opposition-outdated [--region CODE] [--out FILE]

Persons who, after their notification, revoked, moved to another region's care, or got another identifier; by notified region.
The service has no message for these changes: inform the regions by other means.
  --region   the notified region
  --out      CSV file for the persons. It contains personal data: it must not exist yet, and only its owner can read it`;

const HEADER =
  'identificativo_messaggio;identificativo_notificato;identificativo_attuale;regione_notificata;regione_attuale;motivo;data_opposizione;data_revoca';

const WORDS: Readonly<Record<OutdatedReason, string>> = {
  revoked: 'REVOCA',
  moved: 'TRASFERIMENTO',
  renamed: 'NUOVO_IDENTIFICATIVO',
};

export const oppositionOutdated: AdminCommand = {
  name: 'opposition-outdated',
  summary: 'persons who revoked, moved or changed identifier after their notification',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, { region: TEXT, out: TEXT });
    const { region, out: path } = values;
    if (region !== undefined && !isRegionCode(region)) return REGION_FORM;
    return {
      async run(context) {
        const { ownerDb, consentDb, clock, entrance, out } = context;
        const desk = createOutdatedDesk(await consentDb(), new RegistryAnaLookup(ownerDb), clock);
        const counts = new Map<string, Record<OutdatedReason, number>>();
        const { pages } = await desk.list(entrance.call, { region });
        if (pages === undefined) {
          out('refused: no command may do this');
          return 1;
        }
        const persons = counted(pages, counts);
        if (path === undefined) {
          while ((await persons.next()).done !== true); // only counted
        } else {
          const written = await writePrivateCsv(path, HEADER, linesOf(persons));
          if (written === undefined) {
            out(`refused: ${path} exists or cannot be written`);
            return 1;
          }
          out(`${written} persons written to ${path}`);
        }
        for (const [code, found] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
          out(`${code.padEnd(4)}  ${OUTDATED_REASONS.map((reason) => `${reason} ${found[reason]}`).join('  ')}`);
        }
        if (counts.size === 0) out('nobody');
        return 0;
      },
    };
  },
};

async function* counted(
  pages: AsyncIterable<readonly Outdated[]>,
  counts: Map<string, Record<OutdatedReason, number>>,
): AsyncGenerator<readonly Outdated[]> {
  for await (const page of pages) {
    for (const { region, reason } of page) {
      const found = counts.get(region) ?? { revoked: 0, moved: 0, renamed: 0 };
      found[reason]++;
      counts.set(region, found);
    }
    yield page;
  }
}

async function* linesOf(pages: AsyncIterable<readonly Outdated[]>): AsyncGenerator<string[][]> {
  for await (const page of pages) {
    yield page.map(({ messageId, subject, presentSubject, region, presentRegion, reason, opposedOn, revokedOn }) => [
      ...[messageId, subject, presentSubject, region, presentRegion ?? '', WORDS[reason], opposedOn, revokedOn ?? ''],
    ]);
  }
}
