/** How long sign-in attempts are stored. Accounts themselves stay until an administrator removes them [S-2]. */
import { MIDNIGHT, deletion } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';
import { FORGET_AFTER_SECONDS } from './lockout.js';
import { identityRetention } from './saml/retention.js';

/** When the count of failures restarts (lockout.ts). */
const LAST_FAILURE = 'coalesce(locked_until, attempted_at)';

export const authRetention: readonly RetentionRule[] = [
  ...identityRetention,
  deletion({
    name: 'auth.sign_in_attempt',
    table: 'auth.sign_in_attempt',
    describes: 'memoria degli accessi di un’utenza da un indirizzo di rete',
    term: '12 mesi dall’ultimo tentativo',
    months: 12,
    source: '[S-5], 6.7',
    since: { instant: 'attempted_at' },
  }),
  // Nothing reads these rows any more, and a guesser with many addresses creates one for each.
  deletion({
    name: 'auth.sign_in_attempt (falliti)',
    table: 'auth.sign_in_attempt',
    describes: 'tentativi falliti da un indirizzo di rete da cui l’utente non è mai entrato',
    term: '24 ore dall’ultimo tentativo o dalla fine del blocco',
    months: 0,
    source: '[S-5]; decisione 0061',
    since: { instant: LAST_FAILURE },
    only: `last_success_at IS NULL AND ${LAST_FAILURE} < ${MIDNIGHT} - make_interval(secs => ${FORGET_AFTER_SECONDS})`,
  }),
  deletion({
    name: 'auth.session',
    table: 'auth.session',
    describes: 'sessioni finite dell’applicazione web',
    term: 'il giorno dopo l’ultima pagina',
    months: 0,
    source: '[S-2], 6.8',
    since: { instant: 'last_seen_at' },
  }),
  deletion({
    name: 'auth.passage',
    table: 'auth.passage',
    describes: 'accessi con carta, SPID o CIE non portati a termine',
    term: 'il giorno dopo la lettura della carta o la risposta del gestore',
    months: 0,
    source: '[S-2]; decisioni 0096 e 0107',
    since: { instant: 'presented_at' },
  }),
  // The previous release's: a later one can remove it.
  deletion({
    name: 'auth.card_passage',
    table: 'auth.card_passage',
    describes: 'accessi con la carta non portati a termine, della versione precedente',
    term: 'il giorno dopo la lettura della carta',
    months: 0,
    source: '[S-2]; decisione 0096',
    since: { instant: 'presented_at' },
  }),
  deletion({
    name: 'auth.link',
    table: 'auth.link',
    describes: 'collegamenti per scegliere credenziali o confermare un indirizzo, scaduti senza uso: solo l’impronta',
    term: 'il giorno dopo la scadenza',
    months: 0,
    source: '[S-2]; decisione 0097',
    since: { instant: 'expires_at' },
  }),
  deletion({
    name: 'auth.mail',
    table: 'auth.mail',
    describes: 'messaggi ai titolari delle utenze, inviati o abbandonati: utenza e motivo',
    term: 'il giorno dopo l’invio',
    months: 0,
    source: '[S-2]; decisione 0097',
    since: { instant: 'finished_at' },
  }),
];
