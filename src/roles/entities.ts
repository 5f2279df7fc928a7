/** TypeORM entities of the TS database. */
import { AccessLogRow } from '../audit/index.js';
import { Account, AccountCapacity, PassageRow, SessionRow, SignInAttempt } from '../auth/index.js';
import { registryEntities } from '../registry/index.js';
import { Substitution, TestCancellation, TestSubmission } from '../screening/index.js';

/** Every entity: for the data source, and for the test that compares them with the tables. */
export const allEntities = [
  AccessLogRow,
  Account,
  AccountCapacity,
  SignInAttempt,
  SessionRow,
  PassageRow,
  Substitution,
  TestSubmission,
  TestCancellation,
  ...registryEntities,
];
