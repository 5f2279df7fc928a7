/** The doctors' pages (chapter 3), in the order of a day's work. */
import type { Page } from '../frame/page.js';
import { homePages } from './home/page.js';
import { createListMemory } from './patients/memory.js';
import { patientsPages } from './patients/page.js';
import { reportPages } from './report/page.js';
import type { DoctorServices } from './services.js';
import { substitutionsPages } from './substitutions/page.js';
import { testsPages } from './tests/page.js';

export type { DoctorServices } from './services.js';

export function doctorPages(services: DoctorServices): readonly Page[] {
  const lists = createListMemory(services.clock);
  return [
    ...homePages(services),
    ...substitutionsPages(services),
    ...patientsPages(services, lists),
    ...reportPages(services, lists),
    ...testsPages(services, lists),
  ];
}
