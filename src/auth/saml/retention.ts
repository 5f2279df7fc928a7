/** How long requests to identity providers, their register and citizens' sessions are stored. */
import { MIDNIGHT, deletion, firstDayKept } from '../../platform/db/index.js';
import type { RetentionRule } from '../../platform/db/index.js';

const REGISTER_MONTHS = 24;

export const identityRetention: readonly RetentionRule[] = [
  {
    ...deletion({
      name: 'auth.identity_register',
      table: 'auth.identity_register',
      describes: 'richieste e risposte di autenticazione SPID e CIE, cifrate',
      term: '24 mesi dall’accesso',
      months: REGISTER_MONTHS,
      source: 'DPCM 24-10-2014, art. 13; decisione 0100',
      since: { instant: 'at' },
      only: `coalesce(written_at < ${MIDNIGHT}, true)`,
    }),
    // Nobody may delete rows: a function of the database does.
    async purge(db, today, limit) {
      const rows = await db.query<{ deleted: string }[]>(
        'SELECT auth.purge_identity_register($1::date, $2::integer) AS deleted',
        [firstDayKept(today, REGISTER_MONTHS), limit],
      );
      return Number(rows[0]?.deleted);
    },
  },
  deletion({
    name: 'auth.identity_request',
    table: 'auth.identity_request',
    describes: 'richieste di autenticazione SPID e CIE senza risposta',
    term: 'il giorno dopo la richiesta',
    months: 0,
    source: 'decisione 0100',
    since: { instant: 'issued_at' },
  }),
  deletion({
    name: 'auth.citizen_session',
    table: 'auth.citizen_session',
    describes: 'sessioni finite dei cittadini e dell’area libera: identità cifrata',
    term: 'il giorno dopo l’ultima pagina',
    months: 0,
    source: '[S-2], 6.8',
    since: { instant: 'last_seen_at' },
  }),
];
