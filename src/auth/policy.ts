/**
 * Who may do what: the whole of it, in one table. Tables 1 and 2 of the first specification (3.3, 4.3).
 * What depends on whose data it is (titular, substitute) is the service's to decide, right after this.
 */
import type { Method, Principal, Role } from './principal.js';

/** Chapter 3: SOAP and web. */
export const DOCTOR_OPERATIONS = ['patient-list', 'test-submission', 'test-cancellation', 'test-list'] as const;
/** Chapter 4: web only. */
export const ASL_OPERATIONS = [
  'asl-doctor-numbers',
  'asl-unmatched-numbers',
  'asl-daily-submission',
  'asl-daily-list',
] as const;
export const OPERATIONS = [...DOCTOR_OPERATIONS, ...ASL_OPERATIONS] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What feeding systems may call, by method `system` and no other. No account has a right to it, nor a system to the above. */
export const SYSTEM_OPERATIONS = ['metadata-communication'] as const;
export type SystemOperation = (typeof SYSTEM_OPERATIONS)[number];

const cardOrPassword: readonly Method[] = ['card', 'password'];
/** Until the web application exists, and where it is out of reach. */
const cardPasswordOrAdmin: readonly Method[] = ['card', 'password', 'admin'];
const never: readonly Method[] = [];

/** For each operation the methods of sign-in with which each role may call it. */
export const POLICY: Readonly<Record<Operation, Readonly<Record<Role, readonly Method[]>>>> = {
  'patient-list': { doctor: cardOrPassword, asl_operator: never },
  'test-submission': { doctor: cardOrPassword, asl_operator: never },
  'test-cancellation': { doctor: cardOrPassword, asl_operator: never },
  'test-list': { doctor: cardOrPassword, asl_operator: never },
  'asl-doctor-numbers': { doctor: never, asl_operator: cardPasswordOrAdmin },
  'asl-unmatched-numbers': { doctor: never, asl_operator: cardPasswordOrAdmin },
  'asl-daily-submission': { doctor: never, asl_operator: cardPasswordOrAdmin },
  'asl-daily-list': { doctor: never, asl_operator: cardPasswordOrAdmin },
};

export function isPermitted(principal: Pick<Principal, 'role' | 'method'>, operation: Operation): boolean {
  return POLICY[operation][principal.role].includes(principal.method);
}
