export { createAccountDesk } from './account-desk.js';
export type { AccountDesk } from './account-desk.js';
export { MAX_USER_ID } from './account-model.js';
export type { NewAccount, SecretFault } from './account-model.js';
export { accountRolesOf } from './account-ties.js';
export type { AccountTies } from './account-ties.js';
export type { Arrival, Call } from './call.js';
export { CALLER_KINDS, ROLES } from './caller.js';
export { createPassages, isMark } from './passage.js';
export type { PassageHolder, Passages } from './passage.js';
export { citizenCall } from './citizen.js';
export { createCitizenSessions } from './citizen-sessions.js';
export type { AcknowledgedNotice } from './citizen-session-store.js';
export type { CitizenSession, CitizenSessions, FreeAreaSession } from './citizen-sessions.js';
export type { ProviderChoice } from './identity-scheme.js';
export type {
  AccountHolder,
  AccountRole,
  Caller,
  CallerKind,
  ChosenOffice,
  Citizen,
  FeedingSystem,
  FreeAreaHolder,
  MachineOperator,
  NamedOffice,
  Role,
} from './caller.js';
export { Account, AccountCapacity, PassageRow, SessionRow, SignInAttempt } from './entities.js';
export { SIGN_IN_CODES, SignInError, accountOutcome, beatOf } from './errors.js';
export type { AccountRefusal, SignInCode } from './errors.js';
export { createFreeAreaEntrance } from './free-area.js';
export type { FreeAreaClaim, FreeAreaEntrance, GuessCounter } from './free-area.js';
export { hashSecrets } from './hashing.js';
export { jobCall } from './job.js';
export { ADDRESS_RULE, ANYWHERE, ANYWHERE_RULE, FORGET_AFTER_SECONDS } from './lockout.js';
export type { LockRule } from './lockout.js';
export { createLinks } from './links.js';
export type { Links, OpenLink } from './links.js';
export { createMachineEntrance } from './machine.js';
export type { MachineEntrance } from './machine.js';
export { Refused, accessOf, isAccessName, operationsOf, subjectKindOf } from './operation.js';
export type { AdmittedAccess, Entry, Operation, Outcome } from './operation.js';
export { createOwnAccount, ownOutcome } from './own-account.js';
export type { Lately, OwnAccess, OwnAccount, OwnRefusal } from './own-account.js';
export { pincodeDecryption } from './pincode.js';
export { createPasswordSignIn } from './password.js';
export type { ListedSession } from './session-store.js';
export { createSessions } from './sessions.js';
export type { CapacityChoice, Session, Sessions } from './sessions.js';
export { POLICY } from './policy.js';
export type { CallOf, OperationName } from './policy.js';
export { authRetention } from './retention.js';
export { createAuthService } from './service.js';
export { createSystemSignIn } from './system.js';
export { openFor, sealFor } from './session-seal.js';
