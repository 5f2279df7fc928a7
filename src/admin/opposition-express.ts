/**
 * `opposition-express`: records an opposition or its revocation, entered by an intermediary's operator [O-1]. Replaces
 * the pages of the portal until they exist. Holds no rule: it prints the result of the service.
 */
import { OPPOSITION_REFUSALS, createNoticeDesk, createOppositionService } from '../opposition/index.js';
import type { Expressed, Expression, PastNotification } from '../opposition/index.js';
import { RegistryAnaLookup } from '../registry/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseOptions, TEXT } from './arguments.js';

const USAGE = `opposition-express --subject CF|STP --value opposition|revocation --office CODE --operator CF
                   --notice-acknowledged [--language it] [--apply]

  --office, --operator    an intermediary of the person's region of care, and the operator who enters the decision:
                          admitted to the office (opposition-office), with an account (account create --role
                          intermediary)
  --notice-acknowledged   the person has read and confirmed the privacy notice (opposition-notice); the present time
                          is recorded
  --language              language of the notice that was read
${APPLY}`;

const UNKNOWN_OPERATOR =
  'the operator has no account, or it is suspended: account create --role intermediary --card-only';

export const oppositionExpress: AdminCommand = {
  name: 'opposition-express',
  summary: 'record an opposition or its revocation for an intermediary',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, {
      subject: TEXT,
      value: TEXT,
      office: TEXT,
      operator: TEXT,
      'notice-acknowledged': FLAG,
      language: { ...TEXT, default: 'it' },
      apply: FLAG,
    });
    const { subject, value, office, operator, language, apply } = values;
    if (subject === undefined) return '--subject is missing';
    if (office === undefined || operator === undefined) return '--office and --operator are needed';
    if (value !== 'opposition' && value !== 'revocation') return '--value must be opposition or revocation';
    if (/[a-z]/.test(subject + operator)) return '--subject and --operator must be written in capital letters';
    return {
      apply,
      async run(context) {
        const { ownerDb, consentDb, clock, entrance, out } = context;
        const call = await entrance.callFor(operator, 'intermediary', { office, region: undefined });
        if (call === undefined) {
          out(`refused: ${UNKNOWN_OPERATOR}`);
          return 1;
        }
        const outcome = await changed(await consentDb(), apply, async (tables) => {
          const { notice } = await createNoticeDesk(tables, clock).read(call, { language });
          const isAcknowledged = values['notice-acknowledged'] && notice !== undefined;
          const service = createOppositionService({ tables, ana: new RegistryAnaLookup(ownerDb), clock });
          return service.express(call, {
            ...{ subject, value },
            notice: isAcknowledged ? { version: notice.version, language, at: call.at } : undefined,
          });
        });
        const [refusal] = outcome.refusals;
        if (refusal !== undefined) {
          out(`refused (${refusal}): ${OPPOSITION_REFUSALS[refusal]}`);
          return 1;
        }
        for (const line of described(outcome, value, apply)) out(line);
        return 0;
      },
    };
  },
};

function described(outcome: Partial<Expressed>, value: Expression['value'], apply: boolean): string[] {
  const { decisionId = '', category = '', messageId, earlier } = outcome;
  if (!apply) {
    return [
      `Would be recorded, category ${category}.`,
      ...(value === 'revocation' ? [afterRevocation(earlier)] : []),
      NOTHING_CHANGED,
    ];
  }
  const ofOpposition =
    messageId === undefined
      ? 'it is notified with the bulk at the end of the window'
      : `notification ${messageId} queued`;
  return [
    `decision ${decisionId} recorded, category ${category}`,
    value === 'revocation' ? afterRevocation(earlier) : ofOpposition,
  ];
}

/** The consequence for the regions: revocations are never notified, so it depends on earlier notifications. */
function afterRevocation(earlier: PastNotification | undefined): string {
  if (earlier === undefined) {
    return 'a revocation is not notified: the bulk at the end of the window omits the person';
  }
  const { region, state, finishedOn } = earlier;
  const byOtherMeans =
    `no message retracts it: inform region ${region} by other means ` +
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
    'it is withdrawn with the revocation, nothing is left to notify'
  );
}
