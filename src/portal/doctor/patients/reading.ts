/**
 * Reads a list of patients: searching and turning pages within a visit is one access, with one row in the access log.
 */
import type { RefusalCode, TestedPerson } from '../../../screening/index.js';
import type { ActingVisit } from '../../frame/page.js';
import type { Parties } from '../parties.js';
import type { DoctorServices } from '../services.js';
import type { ListMemory } from './memory.js';

export interface ReadList {
  /** undefined: refused. */
  readonly persons?: readonly TestedPerson[];
  readonly refusals: readonly RefusalCode[];
}

/** @param isLeafing whether a recently read list suffices */
export type PatientReader = (visit: ActingVisit, parties: Parties, isLeafing: boolean) => Promise<ReadList>;

export function createPatientReader({ screening }: DoctorServices, memory: ListMemory): PatientReader {
  return async (visit, parties, isLeafing) => {
    const isOwn = parties.doctor === parties.titular; // a substitution may have ended meanwhile
    const known = isLeafing && isOwn ? memory.recall(visit.session, parties.titular) : undefined;
    if (known !== undefined) return { persons: known, refusals: [] };
    const outcome = await screening.patientListWithTests(visit.call, parties);
    if (isOwn && outcome.persons !== undefined) memory.keep(visit.session, parties.titular, outcome.persons);
    return outcome;
  };
}
