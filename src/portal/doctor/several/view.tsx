/** Views of the pages for submitting several tests: the form with the list to choose from, and the check. */
import type { IsoDate } from '../../../platform/clock.js';
import type { Campaign, CheckedTest, TestedPerson } from '../../../screening/index.js';
import { DayField, ErrorSummary, LinesField, SubmitButton } from '../../frame/fields.js';
import type { Draft } from '../../frame/draft.js';
import { HolderField } from '../../frame/holder.js';
import { Records } from '../../frame/table.js';
import { dayWithWeekday } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { Facts } from '../facts.js';
import { ActingFor, titularIn } from '../parties.js';
import type { Parties } from '../parties.js';
import type { Selection } from '../patients/selection.js';
import { PatientSearch, testedHeading, testedIn } from '../patients/view.js';
import { CHOICE, ENTER, MOST_TESTS, SHOWN_SEARCH, MOST_TYPED, fieldsOf, typedTests } from './form.js';
import { Reasons } from './reasons.js';
import type { TypedTests } from './form.js';

interface Common {
  readonly texts: Catalogue;
  readonly parties: Parties;
  /** Of the page. */
  readonly title: string;
  readonly draft: Draft;
}

interface SeveralViewProps extends Common {
  /** Number of persons in the whole list. */
  readonly persons: readonly TestedPerson[];
  readonly selection: Selection;
}

export function SeveralView(props: SeveralViewProps) {
  const { texts, parties, title, draft, persons, selection } = props;
  const { several, doctor } = texts;
  const { problems } = draft;
  const typed = typedTests(draft.typed);
  const { report } = doctor;
  const shown = new Set(selection.persons.map(({ identifier }) => identifier));
  const elsewhere = typed.chosen.filter((identifier) => !shown.has(identifier));
  return (
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">{several.lead(MOST_TESTS)}</p>
      <form method="post" action={draft.at(`${parties.base}/test/piu`)} novalidate>
        <DefaultButton search={selection.search} />
        <DayField
          {...{ name: 'eseguito', label: report.executedOn, hint: report.executedOnHint, value: typed.executedOn }}
          {...{ problems, texts }}
        />
        <LinesField
          {...{ name: 'altri', label: several.typed, hint: several.typedHint, value: typed.typed }}
          {...{ problems, texts, rows: 4, maxLength: MOST_TYPED }}
        />
        <h2>{several.fromList}</h2>
        {persons.length === 0 ? (
          <p>{doctor.patients.none}</p>
        ) : (
          <>
            <PatientSearch {...{ texts, selection, all: persons.length }} />
            {selection.persons.length === 0 ? null : <Choices {...{ texts, parties, typed, selection }} />}
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

/**
 * The first button of a form is the one that Enter presses in any of its fields: here it continues, unless the search
 * has changed. Neither seen nor read aloud.
 * @param search shown in the search field
 */
function DefaultButton({ search }: { readonly search: string }) {
  return (
    <>
      <input type="hidden" name={SHOWN_SEARCH} value={search} />
      <button class="visually-hidden" type="submit" name={ENTER} value="1" tabIndex={-1} aria-hidden="true" />
    </>
  );
}

interface ChoicesProps extends Pick<SeveralViewProps, 'texts' | 'parties' | 'selection'> {
  readonly typed: TypedTests;
}

function Choices({ texts, parties, typed, selection }: ChoicesProps) {
  const { several, doctor } = texts;
  const { patients } = doctor;
  const chosen = new Set(typed.chosen);
  return (
    <Records
      caption={patients.caption}
      headings={[several.choose, patients.name, patients.identifier, testedHeading({ texts, parties })]}
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
          <td>{testedIn({ texts, parties }, testedOn)}</td>
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
  /** Chosen persons that are not on the shown page of the list. */
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
  readonly campaign: Campaign;
  readonly tests: readonly CheckedTest[];
  readonly executedOn: IsoDate;
}

export function CheckView({ texts, campaign, parties, title, draft, tests, executedOn }: CheckViewProps) {
  const { several, doctor } = texts;
  const { patients, receipt, report } = doctor;
  const sent = { ...typedTests(draft.typed), chosen: tests.map(({ person }) => person), typed: '' };
  const fine = tests.filter(({ refusals }) => refusals.length === 0).length;
  const wrong = tests.filter(({ refusals, original }) => refusals.length > 0 && original === undefined).length;
  return (
    <>
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      {wrong === 0 ? null : (
        <p class="alert alert-warning" role="status">
          {several.someNotFine(wrong)}
        </p>
      )}
      <Facts
        facts={[
          [report.titular, titularIn(parties)],
          [receipt.executedOn, dayWithWeekday(executedOn)],
          [several.checkCaption, several.number(fine)],
        ]}
      />
      <Records caption={several.checkCaption} headings={[patients.identifier, patients.name, several.check]}>
        {tests.map((test) => (
          <tr>
            <th scope="row" class="codice">
              {test.person}
            </th>
            <td>{test.name ?? several.notListed}</td>
            <td>
              <Verdict {...{ texts, campaign, test }} />
            </td>
          </tr>
        ))}
      </Records>
      <div class="azioni">
        <form method="post" action={draft.at(`${parties.base}/test/piu/conferma`)}>
          {Object.entries(fieldsOf(sent)).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
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

function Verdict({
  texts,
  campaign,
  test,
}: Pick<CheckViewProps, 'texts' | 'campaign'> & { readonly test: CheckedTest }) {
  const { several } = texts;
  const { refusals, original } = test;
  if (original !== undefined) return <>{several.already(original)}</>;
  if (refusals.length === 0) return <>{several.fine}</>;
  return (
    <>
      <strong>{several.notFine}</strong>
      <Reasons {...{ texts, campaign, refusals }} />
    </>
  );
}
