/**
 * docs/policy.md: who may call which operation, by which method. Generated from the policy table that operations check.
 */
import { POLICY } from '../../auth/index.js';
import { markdownTable } from './table.js';

/** Descriptions of the table's words. */
const CALLERS: Readonly<Record<string, string>> = {
  doctor: 'medico, anche sostituto',
  asl_operator: 'operatore sanitario di un’ASL',
  ministry_uploader: 'utente del Ministero dell’istruzione',
  ministry_administrator: 'operatore amministrativo del Ministero dell’istruzione',
  intermediary: 'operatore di un ufficio intermediario',
  administrator: 'amministratore',
  auditor: 'monitoraggio e controllo',
  citizen: 'cittadino, con identità digitale',
  free_area: 'chi conosce i dati della tessera o del codice STP (area libera)',
  system: 'sistema alimentante, con il proprio certificato',
  operator: 'operatore della macchina, con un comando',
  job: 'il worker, all’ora di un lavoro',
};

export function policyPage(): string {
  const rows = Object.entries(POLICY).flatMap(([operation, { meaning, callers }]) =>
    Object.entries<readonly string[]>(callers).map(([caller, methods], index) => [
      index === 0 ? `\`${operation}\`` : '',
      index === 0 ? meaning : '',
      `\`${caller}\``,
      methods.map((method) => `\`${method}\``).join(' '),
    ]),
  );
  const used = new Set(rows.map(([, , caller = '']) => caller.replaceAll('`', '')));
  const words = Object.entries(CALLERS).filter(([caller]) => used.has(caller));
  return `<!-- Made by npm run docs: do not edit by hand. -->
# Who may do what

Every call of an operation is checked against this table (\`src/auth/policy.ts\`). **Callers and methods that are not listed are
refused.** Checks of the data's owner (titular, substitute, ASL of the operator, office) follow.

${markdownTable(['operation', 'meaning', 'caller', 'by'], rows)}

${markdownTable(
  ['caller', 'chi è'],
  words.map(([caller, meaning]) => [`\`${caller}\``, meaning]),
)}

Methods: \`card\` TS-CNS or CNS; \`password\` user id, password and pincode; \`system\` certificate of a feeding system; \`admin\` the operator of
the machine, for an account where the caller is one. The access log has them in its column \`method\`, the caller in \`caller\`.
`;
}
