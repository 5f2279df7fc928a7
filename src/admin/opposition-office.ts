/** `opposition-office`: intermediaries named by the regions, and their operators [O-7]. */
import { RECEIVERS, createOfficeDesk } from '../opposition/index.js';
import type { OfficeDesk, OfficeRefusal } from '../opposition/index.js';
import { isCodiceFiscale } from '../platform/ids/index.js';
import { misused } from './command.js';
import type { AdminCommand, AdminContext } from './command.js';
import {
  APPLY,
  changed,
  FLAG,
  isRegionCode,
  isText,
  NOTHING_CHANGED,
  parseWords,
  REGION_FORM,
  TEXT,
  textForm,
} from './arguments.js';

const USAGE = `opposition-office list
opposition-office authorise --office CODE --region CODE --kind asl|usmaf_sasn --name TEXT [--apply]
opposition-office withdraw --office CODE --region CODE [--apply]
opposition-office admit|dismiss --office CODE --operator CF [--apply]
${APPLY}

An office acts for the persons in care of the regions that have authorised it. An operator may belong to several offices.
An office that no region authorises any more loses its operators.`;

const ACTIONS = ['authorise', 'withdraw', 'admit', 'dismiss'] as const;

const OFFICE_CHARACTERS = 32;
const NAME_CHARACTERS = 200;

const REFUSED: Readonly<Record<OfficeRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'unknown-region': `--region is not the code of a region: ${RECEIVERS.join(', ')}`,
  'not-named': 'this region has not authorised this office',
  'operator-admitted': 'the operator belongs to this office already',
  'operator-not-admitted': 'the operator does not belong to this office',
};

interface Values {
  readonly office?: string | undefined;
  readonly region?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly operator?: string | undefined;
  readonly apply: boolean;
}

/** @returns the change, the refusal, or why the arguments are invalid */
async function change(
  context: AdminContext,
  action: (typeof ACTIONS)[number],
  values: Values,
): Promise<{ done: string } | { refused: string } | { wrong: string }> {
  const { office, region, kind, name, operator, apply } = values;
  const { call } = context.entrance;
  const run = async <Done extends { readonly refusals: readonly OfficeRefusal[] }>(
    work: (desk: OfficeDesk) => Promise<Done>,
    words: (done: Done) => string,
  ): Promise<{ done: string } | { refused: string }> => {
    const done = await changed(await context.consentDb(), apply, (tables) =>
      work(createOfficeDesk(tables, context.clock)),
    );
    const [refusal] = done.refusals;
    return refusal === undefined ? { done: words(done) } : { refused: REFUSED[refusal] };
  };
  if (office === undefined) return { wrong: '--office is missing' };
  if (action === 'authorise' && !isText(office, OFFICE_CHARACTERS))
    return { wrong: textForm('--office', OFFICE_CHARACTERS) };
  if (action === 'authorise' || action === 'withdraw') {
    if (!isRegionCode(region)) return { wrong: REGION_FORM };
  }
  if (action === 'authorise' && region !== undefined) {
    if (kind !== 'asl' && kind !== 'usmaf_sasn') return { wrong: '--kind must be asl or usmaf_sasn, in small letters' };
    if (name === undefined) return { wrong: '--name is missing' };
    if (!isText(name, NAME_CHARACTERS)) return { wrong: textForm('--name', NAME_CHARACTERS) };
    const named = { code: office, region, kind, name } as const;
    return run(
      (desk) => desk.authorise(call, named),
      () => `office ${office} acts for region ${region}`,
    );
  }
  if (action === 'withdraw' && region !== undefined) {
    return run(
      (desk) => desk.withdraw(call, { code: office, region }),
      ({ dismissed = 0 }) => {
        const lost = dismissed === 0 ? '' : ` or any other region; operators dismissed: ${dismissed}`;
        return `office ${office} no longer acts for region ${region}${lost}`;
      },
    );
  }
  if (operator === undefined) return { wrong: '--operator is missing' };
  if (!isCodiceFiscale(operator))
    return {
      wrong: '--operator must be a codice fiscale of 16 capital letters and digits, with its right check letter',
    };
  return action === 'admit'
    ? run(
        (desk) => desk.admit(call, { operator, office }),
        () => 'operator admitted',
      )
    : run(
        (desk) => desk.dismiss(call, { operator, office }),
        () => 'operator dismissed',
      );
}

export const oppositionOffice: AdminCommand = {
  name: 'opposition-office',
  summary: 'intermediaries authorised by the regions, and their operators',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      office: TEXT,
      region: TEXT,
      kind: TEXT,
      name: TEXT,
      operator: TEXT,
      apply: FLAG,
    });
    const [action, ...rest] = positionals;
    if (rest.length > 0) return 'expected one action and its options, without further words';
    if (action === 'list') return { action, run: list };
    const known = ACTIONS.find((one) => one === action);
    if (known === undefined) return `the action must be one of list, ${ACTIONS.join(', ')}`;
    return {
      action: known,
      apply: values.apply,
      async run(context) {
        const result = await change(context, known, values);
        if ('wrong' in result) return misused(context, 'opposition-office', result.wrong);
        if ('refused' in result) {
          context.out(`refused: ${result.refused}`);
          return 1;
        }
        context.out(values.apply ? result.done : `Would be: ${result.done}. ${NOTHING_CHANGED}`);
        return 0;
      },
    };
  },
};

async function list({ consentDb, clock, entrance, out }: AdminContext): Promise<number> {
  const { offices = [] } = await createOfficeDesk(await consentDb(), clock).list(entrance.call, {});
  for (const { region, code, kind, name } of offices) out(`${region.padEnd(4)}  ${code}  ${kind}  ${name}`);
  if (offices.length === 0) out('no offices');
  return 0;
}
