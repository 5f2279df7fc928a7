/**
 * The single table of what a region's error codes mean for the sender [N-3]. The specification leaves the codes to the
 * regions (chapter 7); these are the codes of FSE registries of the IHE family. Decisions 0022 and 0073.
 */
import type { RegionError, RegionErrors } from '../region.js';

/**
 * `done`: the region has the notification already. `transient`: the same message may succeed later. `permanent`: it
 * never will, an operator has to look. `unknown`: not in the table, retried a few times, then left to an operator.
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

/** Attempts before an unknown code is left to an operator: the region answered, so waiting rarely helps. */
export const UNKNOWN_CODE_ATTEMPTS = 5;

/** @param code undefined: the region gave none */
export function failureKindOf(code: string | undefined): FailureKind {
  return FAILURE_KINDS.get(code?.trim() ?? '') ?? 'unknown';
}

/** The most serious of several errors decides: a permanent error is not retried because another was transient. */
const GRAVITY: readonly FailureKind[] = ['permanent', 'unknown', 'transient', 'done'];

/** The decisive error and its kind. A warning decides only without errors. */
export function decisive(errors: RegionErrors): { readonly error: RegionError; readonly kind: FailureKind } {
  const grave = errors.filter(({ isWarning }) => isWarning !== true);
  const judged = (grave.length > 0 ? grave : errors).map((error) => ({ error, kind: failureKindOf(error.code) }));
  for (const wanted of GRAVITY) {
    const found = judged.find(({ kind }) => kind === wanted);
    if (found !== undefined) return found;
  }
  return { error: errors[0], kind: 'unknown' };
}
