/**
 * `opposition-express`: records an opposition or its revocation, entered by an intermediary's operator [O-1]. Stands in
 * for the pages of the portal until they exist. Does not know the rules: it says what the service answers.
 */
import { parseArgs } from 'node:util';
import { OPPOSITION_REFUSALS, createOppositionService, createRegisterStore } from '../opposition/index.js';
import type { Expression, ExpressionOutcome, PastNotification } from '../opposition/index.js';
import { RegistryAnaLookup } from '../registry/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, NOTHING_CHANGED, isText, textForm } from './arguments.js';

const USAGE = `opposition-express --subject CF|STP --value opposition|revocation --office CODE --operator CF
                   --notice-acknowledged [--role TEXT] [--apply]

  --office, --operator    an intermediary of the person's region of care, and who enters it (opposition-office)
  --role                  of the operator, as recorded; default «operatore»
  --notice-acknowledged   the person has read the privacy notice and confirmed it; now is recorded as the time
${APPLY}`;

/** As in an import of decisions. */
const ROLE_CHARACTERS = 100;

export const oppositionExpress: AdminCommand = {
  name: 'opposition-express',
  summary: 'record an opposition or its revocation for an intermediary',
  usage: USAGE,
  prepare(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        subject: { type: 'string' },
        value: { type: 'string' },
        office: { type: 'string' },
        operator: { type: 'string' },
        role: { type: 'string', default: 'operatore' },
        'notice-acknowledged': { type: 'boolean', default: false },
        apply: { type: 'boolean', default: false },
      },
    });
    const { subject, value, office, operator, role, apply } = values;
    if (subject === undefined) return '--subject is missing';
    if (office === undefined || operator === undefined) return '--office and --operator are needed';
    if (value !== 'opposition' && value !== 'revocation') return '--value must be opposition or revocation';
    if (/[a-z]/.test(subject + operator)) return '--subject and --operator must be written in capital letters';
    if (!isText(role, ROLE_CHARACTERS)) return textForm('--role', ROLE_CHARACTERS);
    return {
      apply,
      async run(context) {
        const { ownerDb, consentDb, clock, out } = context;
        const store = createRegisterStore(await consentDb());
        const service = createOppositionService({ store, ana: new RegistryAnaLookup(ownerDb), clock });
        const expression: Expression = {
          ...{ subject, value, office, enteredBy: operator, enteredRole: role, channel: 'operator' },
          noticeAcknowledgedAt: values['notice-acknowledged'] ? clock.now() : undefined,
        };
        const outcome = await (apply ? service.express(expression) : service.foresee(expression));
        for (const line of described(outcome, value)) out(line);
        return outcome.kind === 'refused' ? 1 : 0;
      },
    };
  },
};

function described(outcome: ExpressionOutcome, value: Expression['value']): string[] {
  switch (outcome.kind) {
    case 'refused':
      return [`refused (${outcome.reason}): ${OPPOSITION_REFUSALS[outcome.reason]}`];
    case 'allowed':
      return [
        `Would be recorded, category ${outcome.category}.`,
        ...(value === 'revocation' ? [afterRevocation(outcome.earlier)] : []),
        NOTHING_CHANGED,
      ];
    case 'recorded':
      return [
        `decision ${outcome.decisionId} recorded, category ${outcome.category}`,
        value === 'revocation'
          ? afterRevocation(outcome.earlier)
          : outcome.messageId === undefined
            ? 'it is notified with the bulk at the end of the window'
            : `notification ${outcome.messageId} queued`,
      ];
  }
}

/** What follows for the regions: none is ever told of a revocation, so it depends on what they were told before. */
function afterRevocation(earlier: PastNotification | undefined): string {
  if (earlier === undefined) {
    return 'a revocation is not notified: the person is left out of the bulk at the end of the window';
  }
  const { region, state, finishedOn } = earlier;
  const byOtherMeans =
    `no message takes it back: tell region ${region} by other means ` +
    '(opposition-outdated lists the person once the window is over)';
  if (state === 'sent') {
    return `region ${region} was notified of the earlier opposition on ${finishedOn ?? ''}; ${byOtherMeans}`;
  }
  if (state === 'queued') {
    return (
      `the notification of the earlier opposition to region ${region} is not sent yet: it is withdrawn with the revocation ` +
      '(if it is on its way at this moment, opposition-outdated lists the person once the window is over)'
    );
  }
  return (
    `region ${region} did not accept the notification of the earlier opposition (opposition-status): ` +
    'it is withdrawn with the revocation, there is nothing left to notify'
  );
}
