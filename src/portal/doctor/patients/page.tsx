/** List of patients (3.4.1) [T-10]: searched, sorted and leafed through; the whole of it as a file. */
import { csvFile } from '../../frame/file.js';
import { Form } from '../../frame/form.js';
import { forOperation, redirect, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import { partiesOf } from '../parties.js';
import { problemsOf } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import type { PatientReader } from './reading.js';
import { searchOf, selectionOf } from './selection.js';
import { PatientsView } from './view.js';

export function patientsPages(services: DoctorServices, read: PatientReader): readonly Page[] {
  const { screening } = services;

  return [
    forOperation('patient-list', '/medico/:elenco/assistiti', {
      async get(visit) {
        const { texts, kept, query } = visit;
        const parties = await partiesOf(visit, services);
        const isLeafing = query.has('cerca');
        const { persons, refusals } = await read(visit, parties, isLeafing);
        if (persons === undefined) {
          return refusedPage(texts.doctor.patients.title, problemsOf(refusals, services), texts);
        }
        const wanted = isLeafing ? kept(`${parties.base}/assistiti`) : new Form();
        const view = { texts, parties, selection: selectionOf(persons, wanted), all: persons.length };
        return show(texts.doctor.patients.title, <PatientsView {...view} />);
      },
      async post(visit) {
        const { form, keep } = visit;
        const path = `${(await partiesOf(visit, services)).base}/assistiti`;
        await keep(path, searchOf(form));
        return redirect(`${path}?cerca`);
      },
    }),
    forOperation('patient-list', '/medico/:elenco/assistiti.csv', {
      async get(visit) {
        const { texts, call } = visit;
        const parties = await partiesOf(visit, services);
        const { persons, refusals } = await screening.patientListWithTests(call, parties);
        if (persons === undefined) {
          return refusedPage(texts.doctor.patients.title, problemsOf(refusals, services), texts);
        }
        const header = ['codice_fiscale', 'cognome', 'nome', 'data_aggiornamento', 'data_ultimo_test'];
        return csvFile(
          'assistiti.csv',
          header,
          persons.map(({ identifier, surname, givenName, updatedOn, testedOn = '' }) => [
            ...[identifier, surname, givenName, updatedOn, testedOn],
          ]),
        );
      },
    }),
  ];
}
