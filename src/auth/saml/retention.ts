/** How long requests to identity providers, their register and citizens' sessions are kept. */
import { deletion } from '../../platform/db/index.js';
import type { RetentionRule } from '../../platform/db/index.js';

export const identityRetention: readonly RetentionRule[] = [
  deletion({
    name: 'auth.identity_register',
    table: 'auth.identity_register',
    describes: 'richieste e risposte di autenticazione SPID e CIE, cifrate',
    term: '24 mesi dall’accesso',
    months: 24,
    source: 'DPCM 24-10-2014, art. 13; decisione 0100',
    since: { instant: 'at' },
  }),
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
    describes: 'sessioni finite dei cittadini',
    term: 'il giorno dopo l’ultima pagina',
    months: 0,
    source: '[S-2], 6.8',
    since: { instant: 'last_seen_at' },
  }),
];
