/** The list of patients as a table, with its search above and its pages below: one form. */
import type { ComponentChildren } from 'preact';
import type { IsoDate } from '../../../platform/clock.js';
import type { TestedPerson } from '../../../screening/index.js';
import { NO_PROBLEMS, TextField } from '../../frame/fields.js';
import { Records } from '../../frame/table.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { ActingFor } from '../parties.js';
import type { Parties } from '../parties.js';
import { ORDERS } from './selection.js';
import type { Selection } from './selection.js';

interface PatientsViewProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
  /** Of the page. */
  readonly title: string;
  readonly selection: Selection;
  /** Number of persons in the whole list. */
  readonly all: number;
}

export function PatientsView({ texts, parties, title, selection, all }: PatientsViewProps) {
  const { patients } = texts.doctor;
  const { persons } = selection;
  return (
    <>
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">
        {patients.lead} {parties.substitution === undefined ? patients.ownTests : patients.actingTests}
      </p>
      {all === 0 ? (
        <p>{patients.none}</p>
      ) : (
        <form method="post" action={`${parties.base}/assistiti`}>
          <PatientSearch {...{ texts, selection, all }}>
            <a href={`${parties.base}/assistiti.csv`}>{patients.download}</a>
            <a href={`${parties.base}/test/piu`}>{texts.several.link}</a>
          </PatientSearch>
        </form>
      )}
      {persons.length === 0 ? null : <Table {...{ texts, parties, persons }} />}
    </>
  );
}

type OfList = Pick<PatientsViewProps, 'texts' | 'parties'>;

/** A substitute sees only the days of their own tests. */
export function testedHeading({ texts, parties }: OfList): string {
  const { patients } = texts.doctor;
  return parties.substitution === undefined ? patients.testedOn : patients.testedByYouOn;
}

export function testedIn({ texts, parties }: OfList, testedOn: IsoDate | undefined): string {
  const { patients } = texts.doctor;
  if (testedOn !== undefined) return dayInWords(testedOn);
  return parties.substitution === undefined ? patients.notTested : patients.notTestedByYou;
}

/** Where the browser goes after searching and leafing: it reads aloud what was found, and what follows is the list. */
export const FOUND = 'elenco';

/** How many persons were found, and which page of them is shown. */
export function foundIn({ texts, selection, all }: Pick<PatientsViewProps, 'texts' | 'selection' | 'all'>): string {
  const { patients } = texts.doctor;
  const { found, page, pages } = selection;
  if (found === 0) return patients.noneFound;
  const number = patients.found(found, all);
  return pages === 1 ? number : `${number}, ${patients.onPage(page, pages)}`;
}

function Table({ texts, parties, persons }: OfList & { readonly persons: readonly TestedPerson[] }) {
  const { patients } = texts.doctor;
  return (
    <Records
      caption={patients.caption}
      headings={[
        patients.name,
        patients.identifier,
        patients.updatedOn,
        testedHeading({ texts, parties }),
        patients.action,
      ]}
    >
      {persons.map(({ identifier, surname, givenName, updatedOn, testedOn }) => (
        <tr>
          <th scope="row">
            {surname} {givenName}
          </th>
          <td>{identifier}</td>
          <td>{dayInWords(updatedOn)}</td>
          <td>{testedIn({ texts, parties }, testedOn)}</td>
          <td>
            <form method="post" action={`${parties.base}/test/nuovo`}>
              <input type="hidden" name="assistito" value={identifier} />
              <button class="btn btn-sm btn-outline-primary" type="submit">
                {patients.report}
                <span class="visually-hidden">
                  {' '}
                  {surname} {givenName}
                </span>
              </button>
            </form>
          </td>
        </tr>
      ))}
    </Records>
  );
}

interface PatientSearchProps extends Pick<PatientsViewProps, 'texts' | 'selection' | 'all'> {
  /** Next to the search button. */
  readonly children?: ComponentChildren;
}

/** The search, the number of matches, and the page buttons: within a form. */
export function PatientSearch({ texts, selection, all, children }: PatientSearchProps) {
  const { patients } = texts.doctor;
  const { order, search } = selection;
  return (
    <>
      <TextField
        {...{ name: 'cerca', label: patients.search, value: search, maxLength: 64, autocomplete: 'off' }}
        {...{ problems: NO_PROBLEMS, texts }}
      />
      <div class="campo">
        <label for="ordine">{patients.sort}</label>
        <select id="ordine" name="ordine" class="form-select larghezza-medium">
          {ORDERS.map((known) => (
            <option value={known} selected={known === order}>
              {known === 'surname' ? patients.bySurname : patients.byUpdate}
            </option>
          ))}
        </select>
      </div>
      <div class="azioni">
        <button class="btn btn-primary" type="submit" name="pagina" value="1">
          {patients.show}
        </button>
        {children}
      </div>
      <p role="status" id={FOUND} tabIndex={-1}>
        {foundIn({ texts, selection, all })}
      </p>
      <Pages {...{ texts, selection }} />
    </>
  );
}

function Pages({ texts, selection: { page, pages } }: Pick<PatientsViewProps, 'texts' | 'selection'>) {
  const { patients } = texts.doctor;
  if (pages === 1) return null;
  const button = (to: number, text: string) => (
    <button class="btn btn-outline-primary" type="submit" name="pagina" value={String(to)}>
      {text}
    </button>
  );
  return (
    <div class="azioni">
      {page > 1 ? button(page - 1, patients.previous) : null}
      {page < pages ? button(page + 1, patients.next) : null}
    </div>
  );
}
