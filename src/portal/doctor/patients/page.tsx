/** List of patients (3.4.1) [T-10]: search, order, pages; the complete list as a file. */
import { csvFile } from '../../frame/file.js';
import { Form } from '../../frame/form.js';
import { forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import { partiesOf, titleOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { refused } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import type { PatientReader } from './reading.js';
import { searchOf, selectionOf } from './selection.js';
import { FOUND, PatientsView, foundIn } from './view.js';

export function patientsPages(services: DoctorServices, read: PatientReader): readonly Page[] {
  const { screening } = services;
  const titleIn = ({ texts }: ActingVisit, parties: Parties): string =>
    titleOf({ texts, parties }, texts.doctor.patients.title, texts.doctor.patients.ownTitle);

  return [
    forOperation('patient-list', '/medico/:elenco/assistiti', {
      async get(visit) {
        const { texts, kept, query } = visit;
        const parties = await partiesOf(visit, services);
        const isLeafing = query.has('cerca');
        const { persons, refusals } = await read(visit, parties, isLeafing);
        const title = titleIn(visit, parties);
        if (persons === undefined) return refused({ texts, parties, title, campaign: services, refusals });
        const wanted = isLeafing ? kept(`${parties.base}/assistiti`) : new Form();
        const view = { texts, parties, title, selection: selectionOf(persons, wanted), all: persons.length };
        return show(isLeafing ? `${foundIn(view)} – ${title}` : title, <PatientsView {...view} />);
      },
      async post(visit) {
        const { form, keep } = visit;
        const path = `${(await partiesOf(visit, services)).base}/assistiti`;
        await keep(path, searchOf(form));
        return redirect(`${path}?cerca#${FOUND}`);
      },
    }),
    forOperation('patient-list', '/medico/:elenco/assistiti.csv', {
      async get(visit) {
        const { texts, call } = visit;
        const parties = await partiesOf(visit, services);
        const { persons, refusals } = await screening.patientListWithTests(call, parties);
        if (persons === undefined) {
          const title = titleIn(visit, parties);
          return refused({ texts, parties, title, campaign: services, refusals });
        }
        // A substitute sees only the days of their own tests.
        const testedOn = parties.substitution === undefined ? 'data_ultimo_test' : 'data_ultimo_test_comunicato_da_te';
        const header = ['codice_fiscale', 'cognome', 'nome', 'data_aggiornamento', testedOn];
        return csvFile(
          'assistiti.csv',
          header,
          persons.map(({ identifier, surname, givenName, updatedOn, testedOn: day = '' }) => [
            ...[identifier, surname, givenName, updatedOn, day],
          ]),
        );
      },
    }),
  ];
}
