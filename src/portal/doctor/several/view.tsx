/** What the pages of communicating several tests show: the form with the list to choose from, and the check. */
import type { TestedPerson } from '../../../screening/index.js';
import { DayField, ErrorSummary, LinesField, SubmitButton } from '../../frame/fields.js';
import type { Draft } from '../../frame/draft.js';
import { HolderField } from '../../frame/holder.js';
import { Records } from '../../frame/table.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { ActingFor } from '../parties.js';
import type { Parties } from '../parties.js';
import type { Selection } from '../patients/selection.js';
import { PatientSearch } from '../patients/view.js';
import { CHOICE, MOST_TESTS, MOST_TYPED, fieldsOf, typedTests } from './form.js';
import type { ReadTests, TypedTests } from './form.js';

interface Common {
  readonly texts: Catalogue;
  readonly parties: Parties;
  readonly draft: Draft;
}

interface SeveralViewProps extends Common {
  /** Of the whole list. */
  readonly persons: readonly TestedPerson[];
  readonly selection: Selection;
}

export function SeveralView({ texts, parties, draft, persons, selection }: SeveralViewProps) {
  const { several, doctor } = texts;
  const { problems } = draft;
  const typed = typedTests(draft.typed);
  const { report } = doctor;
  const shown = new Set(selection.persons.map(({ identifier }) => identifier));
  const elsewhere = typed.chosen.filter((identifier) => !shown.has(identifier));
  return (
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{several.title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">{several.lead(MOST_TESTS)}</p>
      <form method="post" action={draft.at(`${parties.base}/test/piu`)} novalidate>
        <DayField
          {...{ name: 'eseguito', label: report.executedOn, hint: report.executedOnHint, value: typed.executedOn }}
          {...{ problems, texts }}
        />
        <LinesField
          {...{ name: 'altri', label: several.typed, hint: several.typedHint, value: typed.typed }}
          {...{ problems, texts, rows: 4, maxLength: MOST_TYPED }}
        />
        <h2 id="elenco" tabIndex={-1}>
          {several.fromList}
        </h2>
        {persons.length === 0 ? (
          <p>{doctor.patients.none}</p>
        ) : (
          <>
            <PatientSearch {...{ texts, selection, all: persons.length }} />
            {selection.persons.length === 0 ? null : <Choices {...{ texts, typed, selection }} />}
          </>
        )}
        {elsewhere.length === 0 ? null : <Chosen {...{ texts, persons, elsewhere }} />}
        <button class="btn btn-primary" type="submit" name="controlla" value="1">
          {several.goOn}
        </button>
      </form>
    </>
  );
}

function Choices({
  texts,
  typed,
  selection,
}: Pick<SeveralViewProps, 'texts' | 'selection'> & { readonly typed: TypedTests }) {
  const { several, doctor } = texts;
  const { patients } = doctor;
  const chosen = new Set(typed.chosen);
  return (
    <Records
      caption={patients.caption}
      headings={[several.choose, patients.name, patients.identifier, patients.testedOn]}
    >
      {selection.persons.map(({ identifier, surname, givenName, testedOn }) => (
        <tr>
          <td class="casella">
            <Box
              {...{ identifier, isChecked: chosen.has(identifier), label: `${several.choose} ${surname} ${givenName}` }}
            />
          </td>
          <th scope="row">
            {surname} {givenName}
          </th>
          <td>{identifier}</td>
          <td>{testedOn === undefined ? patients.notTested : dayInWords(testedOn)}</td>
        </tr>
      ))}
    </Records>
  );
}

interface BoxProps {
  readonly identifier: string;
  readonly isChecked: boolean;
  readonly label: string;
}

function Box({ identifier, isChecked, label }: BoxProps) {
  return <input type="checkbox" name={CHOICE + identifier} value="1" checked={isChecked} aria-label={label} />;
}

interface ChosenProps extends Pick<SeveralViewProps, 'texts' | 'persons'> {
  /** Chosen, and not on the page of the list that is shown. */
  readonly elsewhere: readonly string[];
}

function Chosen({ texts: { several }, persons, elsewhere }: ChosenProps) {
  const names = new Map(persons.map(({ identifier, surname, givenName }) => [identifier, `${surname} ${givenName}`]));
  return (
    <fieldset class="campo">
      <legend>{several.chosen}</legend>
      <p class="suggerimento">{several.chosenNumber(elsewhere.length)}</p>
      {elsewhere.map((identifier) => (
        <div class="scelta">
          <input type="checkbox" id={CHOICE + identifier} name={CHOICE + identifier} value="1" checked />
          <label for={CHOICE + identifier}>
            {names.get(identifier) ?? ''} {identifier}
          </label>
        </div>
      ))}
    </fieldset>
  );
}

interface CheckViewProps extends Common {
  readonly tests: ReadTests;
  /** Of the whole list, for their names. */
  readonly listed: readonly TestedPerson[];
}

export function CheckView({ texts, parties, draft, tests, listed }: CheckViewProps) {
  const { several, doctor } = texts;
  const { patients, receipt, report } = doctor;
  const names = new Map(listed.map(({ identifier, surname, givenName }) => [identifier, `${surname} ${givenName}`]));
  return (
    <>
      <h1>{several.checkTitle}</h1>
      <ActingFor {...{ parties, texts }} />
      <dl class="dati">
        <dt>{report.titular}</dt>
        <dd>{parties.titular}</dd>
        <dt>{receipt.executedOn}</dt>
        <dd>{dayInWords(tests.executedOn)}</dd>
        <dt>{several.checkCaption}</dt>
        <dd>{several.number(tests.persons.length)}</dd>
      </dl>
      <Records caption={several.checkCaption} headings={[patients.identifier, patients.name]}>
        {tests.persons.map((identifier) => (
          <tr>
            <th scope="row" class="codice">
              {identifier}
            </th>
            <td>{names.get(identifier) ?? several.notListed}</td>
          </tr>
        ))}
      </Records>
      <div class="azioni">
        <form method="post" action={draft.at(`${parties.base}/test/piu/conferma`)}>
          {Object.entries(fieldsOf({ ...typedTests(draft.typed), chosen: tests.persons, typed: '' })).map(
            ([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ),
          )}
          <HolderField codiceFiscale={parties.doctor} />
          <SubmitButton text={several.send} />
        </form>
        <a class="btn btn-outline-primary" href={draft.at(`${parties.base}/test/piu`)}>
          {several.change}
          <span class="visually-hidden">{several.changeObject}</span>
        </a>
      </div>
    </>
  );
}
