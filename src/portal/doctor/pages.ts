/** The doctors' pages (chapter 3), in the order of a day's work. */
import type { Page } from '../frame/page.js';
import { homePages } from './home/page.js';
import { createListMemory } from './patients/memory.js';
import { patientsPages } from './patients/page.js';
import { createPatientReader } from './patients/reading.js';
import { reportPages } from './report/page.js';
import type { DoctorServices } from './services.js';
import { outcomePages } from './several/outcome.js';
import { severalPages } from './several/page.js';
import { substitutionsPages } from './substitutions/page.js';
import { testsPages } from './tests/page.js';

export type { DoctorServices } from './services.js';

export function doctorPages(services: DoctorServices): readonly Page[] {
  const lists = createListMemory(services.clock);
  const readPatients = createPatientReader(services, lists);
  return [
    ...homePages(services),
    ...substitutionsPages(services),
    ...patientsPages(services, readPatients),
    ...severalPages(services, readPatients, lists),
    ...outcomePages(services),
    ...reportPages(services, lists),
    ...testsPages(services, lists),
  ];
}
