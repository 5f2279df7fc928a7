/** List of patients (3.4.1) [T-10]: searched, sorted and leafed through; the whole of it as a file. */
import { csvFile } from '../../frame/file.js';
import { Form } from '../../frame/form.js';
import { forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import { partiesOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { problemsOf } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import type { ListMemory } from './memory.js';
import { chosen, orderOf } from './selection.js';
import { PatientsView } from './view.js';

export function patientsPages(services: DoctorServices, memory: ListMemory): readonly Page[] {
  const { screening } = services;

  /** Searching and leafing within a visit is one reading of the list: one row in the access log. */
  async function list(visit: ActingVisit, parties: Parties, isLeafing: boolean) {
    const isOwn = parties.doctor === parties.titular; // a substitution may have ended meanwhile
    const known = isLeafing && isOwn ? memory.recall(visit.session, parties.titular) : undefined;
    if (known !== undefined) return { persons: known, refusals: [] };
    const outcome = await screening.patientListWithTests(visit.call, parties);
    if (isOwn && outcome.persons !== undefined) memory.keep(visit.session, parties.titular, outcome.persons);
    return outcome;
  }

  return [
    forOperation('patient-list', '/medico/:elenco/assistiti', {
      async get(visit) {
        const { texts, kept, query } = visit;
        const parties = await partiesOf(visit, services);
        const isLeafing = query.has('cerca');
        const { persons, refusals } = await list(visit, parties, isLeafing);
        if (persons === undefined) {
          return refusedPage(texts.doctor.patients.title, problemsOf(refusals, services), texts);
        }
        const wanted = isLeafing ? kept(`${parties.base}/assistiti`) : new Form();
        const search = wanted.text('cerca');
        const selection = chosen(persons, search, orderOf(wanted.text('ordine')), Number(wanted.text('pagina')) || 1);
        const view = { texts, parties, selection, search, all: persons.length };
        return show(texts.doctor.patients.title, <PatientsView {...view} />);
      },
      async post(visit) {
        const { form, keep } = visit;
        const path = `${(await partiesOf(visit, services)).base}/assistiti`;
        const [cerca, ordine, pagina] = [form.text('cerca', 64), form.text('ordine', 16), form.text('pagina', 8)];
        await keep(path, { cerca, ordine, pagina });
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
