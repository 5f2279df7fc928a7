/** The situation of each synthetic person: planned by position, so that the counts are exact and every case occurs. */
export interface Situation {
  /** Position in the list of doctors; undefined: no doctor. */
  readonly doctor: number | undefined;
  readonly status: 'in_care' | 'deceased' | 'emigrated' | 'ended';
  /** On the roster of school staff: only persons in care with a doctor. Import and nightly job remove others. */
  readonly listed: boolean;
  readonly identifier: 'codiceFiscale' | 'omocodia' | 'stp' | 'provisional';
}

const FIRST_DOCTOR = 0;
const SECOND_DOCTOR = 1;
const FIRST_LIST = 1_500;
const SECOND_LIST = 50;
/** Every twentieth person outside the first two lists has the same rare case. */
const CYCLE = 20;

/**
 * The first doctor's list, then the second's, then everybody else. Nobody outside the first two blocks is listed with
 * the first or second doctor, so their lists have exactly 1 500 and 50 persons (from 2 000 persons on; three quarters
 * and a fortieth below).
 */
export function situationOf(index: number, persons: number, doctors: number): Situation {
  const firstList = Math.min(FIRST_LIST, Math.floor(persons * 0.75));
  const secondList = Math.min(SECOND_LIST, Math.floor(persons * 0.025));
  if (index < firstList) return listedWith(FIRST_DOCTOR, identifierInList(index));
  if (index < firstList + secondList) return listedWith(SECOND_DOCTOR, index === firstList ? 'stp' : 'codiceFiscale');
  return elsewhere(index - firstList - secondList, doctors);
}

function identifierInList(index: number): Situation['identifier'] {
  if (index === 1) return 'stp';
  if (index === 2) return 'provisional';
  return index === 3 ? 'omocodia' : 'codiceFiscale';
}

function elsewhere(position: number, doctors: number): Situation {
  const anyDoctor = Math.floor(position / CYCLE) % doctors; // starts with the first, who thus has every case too
  const otherDoctor = 2 + (position % (doctors - 2));
  switch (position % CYCLE) {
    case 0:
      return { ...notListedWith(anyDoctor), status: 'deceased' };
    case 1:
      return { ...notListedWith(anyDoctor), status: 'emigrated' };
    case 2:
      return { ...notListedWith(anyDoctor), status: 'ended' };
    case 3:
      return { ...notListedWith(otherDoctor), status: 'deceased' };
    case 4:
    case 5:
      return notListedWith(undefined);
    case 6:
      return notListedWith(anyDoctor);
    case 7: // only a few STP holders
      return position < 3 * CYCLE
        ? { ...notListedWith(anyDoctor), identifier: 'stp' }
        : listedWith(otherDoctor, 'codiceFiscale');
    default:
      return listedWith(otherDoctor, 'codiceFiscale');
  }
}

function listedWith(doctor: number, identifier: Situation['identifier']): Situation {
  return { doctor, status: 'in_care', listed: true, identifier };
}

function notListedWith(doctor: number | undefined): Situation {
  return { doctor, status: 'in_care', listed: false, identifier: 'codiceFiscale' };
}
