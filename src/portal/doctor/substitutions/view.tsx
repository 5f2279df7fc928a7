/** Views of the pages of a titular's substitutes. */
import { daysBetween } from '../../../platform/clock.js';
import type { IsoDate } from '../../../platform/clock.js';
import type { ListedSubstitution } from '../../../screening/index.js';
import { DayField, ErrorSummary, SubmitButton, TextField } from '../../frame/fields.js';
import type { Draft } from '../../frame/draft.js';
import { HolderField } from '../../frame/holder.js';
import { Records } from '../../frame/table.js';
import { dayInWords, dayWithWeekday } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { Facts } from '../facts.js';
import { fieldsOf, typedSubstitution } from './form.js';
import type { ReadSubstitution } from './form.js';

interface SubstitutionsViewProps {
  readonly texts: Catalogue;
  readonly substitutions: readonly ListedSubstitution[];
  readonly today: IsoDate;
  /** The last act. */
  readonly done: 'nominato' | 'senza-utenza' | 'terminata' | undefined;
}

export function SubstitutionsView({ texts, substitutions, today, done }: SubstitutionsViewProps) {
  const { substitutions: words } = texts.doctor;
  return (
    <>
      <h1>{words.title}</h1>
      {done === undefined ? null : (
        <p class={done === 'senza-utenza' ? 'alert alert-warning' : 'alert alert-success'} role="status">
          {done === 'terminata' ? words.revoked : words.added} {done === 'senza-utenza' ? words.noAccount : ''}
        </p>
      )}
      <p class="lead">{words.lead}</p>
      <p>
        <a class="btn btn-primary" href="/medico/sostituti/nuovo">
          {words.add}
        </a>
      </p>
      {substitutions.length === 0 ? <p>{words.none}</p> : <Table {...{ texts, substitutions, today }} />}
    </>
  );
}

function Table({ texts, substitutions, today }: Omit<SubstitutionsViewProps, 'done'>) {
  const { substitutions: words, patients } = texts.doctor;
  return (
    <Records caption={words.caption} headings={[words.substitute, words.from, words.to, words.state, patients.action]}>
      {substitutions.toReversed().map((substitution) => {
        const state = stateOf(substitution, today);
        return (
          <tr>
            <th scope="row">{substitution.substitute}</th>
            <td>{dayInWords(substitution.from)}</td>
            <td>{dayInWords(substitution.to)}</td>
            <td>{words.states[state]}</td>
            <td>
              {state === 'over' || state === 'revoked' ? (
                '–'
              ) : (
                <a href={`/medico/sostituti/${substitution.id}/termina`}>
                  {words.revoke}
                  <span class="visually-hidden">{words.revokeObject(substitution.substitute, substitution.from)}</span>
                </a>
              )}
            </td>
          </tr>
        );
      })}
    </Records>
  );
}

function stateOf(
  { from, to, isRevoked }: ListedSubstitution,
  today: IsoDate,
): 'revoked' | 'future' | 'over' | 'current' {
  if (isRevoked) return 'revoked';
  if (today < from) return 'future';
  return today > to ? 'over' : 'current';
}

interface AddViewProps {
  readonly texts: Catalogue;
  readonly draft: Draft;
}

export function AddView({ texts, draft }: AddViewProps) {
  const { substitutions: words } = texts.doctor;
  const { problems } = draft;
  const typed = typedSubstitution(draft.typed);
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{words.addTitle}</h1>
      <p class="lead">{words.lead}</p>
      <form method="post" action={draft.at('/medico/sostituti/nuovo')} novalidate>
        <TextField
          {...{ name: 'sostituto', label: words.substitute, value: typed.substitute, problems, texts }}
          {...{ maxLength: 32, autocomplete: 'off' }}
        />
        <DayField {...{ name: 'dal', label: words.from, value: typed.from, problems, texts }} />
        <DayField {...{ name: 'al', label: words.to, value: typed.to, problems, texts }} />
        <SubmitButton text={words.goOn} />
      </form>
    </div>
  );
}

interface CheckViewProps extends AddViewProps {
  readonly substitution: ReadSubstitution;
  readonly hasAccount: boolean;
  /** The titular. */
  readonly titular: string;
}

export function CheckView({ texts, draft, substitution, hasAccount, titular }: CheckViewProps) {
  const { substitutions: words } = texts.doctor;
  const { substitute, from, to } = substitution;
  return (
    <div class="colonna">
      <h1>{words.checkTitle}</h1>
      <Facts
        facts={[
          [words.substitute, substitute],
          [words.from, dayWithWeekday(from)],
          [words.to, dayWithWeekday(to)],
          [words.duration, words.days(daysBetween(from, to) + 1)],
          [words.account, hasAccount ? words.hasAccount : words.noAccount],
        ]}
      />
      <div class="azioni">
        <form method="post" action={draft.at('/medico/sostituti/conferma')}>
          {Object.entries(fieldsOf(typedSubstitution(draft.typed))).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <HolderField codiceFiscale={titular} />
          <SubmitButton text={words.name} />
        </form>
        <a class="btn btn-outline-primary" href={draft.at('/medico/sostituti/nuovo')}>
          {words.change}
          <span class="visually-hidden">{words.changeObject}</span>
        </a>
      </div>
    </div>
  );
}

interface RevokeViewProps {
  readonly texts: Catalogue;
  readonly substitution: ListedSubstitution;
}

export function RevokeView({ texts, substitution: { id, substitute } }: RevokeViewProps) {
  const { substitutions: words } = texts.doctor;
  return (
    <div class="colonna">
      <h1>{words.revokeTitle}</h1>
      <p class="lead">{words.revokeQuestion(substitute)}</p>
      <div class="azioni">
        <form method="post" action={`/medico/sostituti/${id}/termina`}>
          <button class="btn btn-danger" type="submit">
            {words.revokeTitle}
          </button>
        </form>
        <a href="/medico/sostituti">{words.back}</a>
      </div>
    </div>
  );
}
