/**
 * What a region's error code means for the sender [N-3]: the one table. The specification leaves the codes to the regions
 * (chapter 7); these are the ones that FSE registries of the IHE family answer with. Decision 0022.
 */

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

/** A SOAP fault that blames the message (faultcode Client, MustUnderstand…), as region-client.ts tells it. */
const BLAMES_THE_MESSAGE = /^SOAP\./;

export function failureKindOf(code: string): FailureKind {
  const kind = FAILURE_KINDS.get(code.trim());
  if (kind !== undefined) return kind;
  return BLAMES_THE_MESSAGE.test(code) ? 'permanent' : 'unknown';
}
