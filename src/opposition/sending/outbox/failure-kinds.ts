/**
 * What a region's error code means for the sender [N-3]: the one table. The specification leaves the codes to the regions
 * (chapter 7); these are the ones that FSE registries of the IHE family answer with. Decisions 0022 and 0073.
 */
import type { RegionError, RegionErrors } from '../region.js';

/**
 * `done`: the region has it already. `transient`: the same message may succeed later. `permanent`: it never will, a
 * person has to look. `unknown`: not in the table, tried a few times, then left to a person.
 */
export type FailureKind = 'done' | 'transient' | 'permanent' | 'unknown';

export const FAILURE_KINDS: ReadonlyMap<string, Exclude<FailureKind, 'unknown'>> = new Map([
  ['XDSDuplicateUniqueIdInRegistry', 'done'],

  ['XDSRegistryBusy', 'transient'],
  ['XDSRepositoryBusy', 'transient'],
  ['XDSRegistryNotAvailable', 'transient'],
  ['XDSRegistryOutOfResources', 'transient'],
  ['XDSRepositoryOutOfResources', 'transient'],

  ['XDSUnknownPatientId', 'permanent'],
  ['XDSPatientIdDoesNotMatch', 'permanent'],
  ['XDSRegistryMetadataError', 'permanent'],
  ['XDSMissingHomeCommunityId', 'permanent'],
  ['XDSUnknownCommunity', 'permanent'],
]);

/** Attempts after which a code that nobody knows is left to a person: it was an answer, so waiting rarely helps. */
export const UNKNOWN_CODE_ATTEMPTS = 5;

/** @param code undefined: the region gave none */
export function failureKindOf(code: string | undefined): FailureKind {
  return FAILURE_KINDS.get(code?.trim() ?? '') ?? 'unknown';
}

/** Of several errors the gravest decides: what never succeeds is not tried again because something else was busy. */
const GRAVITY: readonly FailureKind[] = ['permanent', 'unknown', 'transient', 'done'];

/** The error that decides, and its kind. A warning decides only where there is nothing else. */
export function decisive(errors: RegionErrors): { readonly error: RegionError; readonly kind: FailureKind } {
  const grave = errors.filter(({ isWarning }) => isWarning !== true);
  const judged = (grave.length > 0 ? grave : errors).map((error) => ({ error, kind: failureKindOf(error.code) }));
  for (const wanted of GRAVITY) {
    const found = judged.find(({ kind }) => kind === wanted);
    if (found !== undefined) return found;
  }
  return { error: errors[0], kind: 'unknown' };
}
