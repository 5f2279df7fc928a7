/** The SQLSTATEs that the program acts upon (PostgreSQL, Appendix A). */
export const SQLSTATE = {
  uniqueViolation: '23505',
  invalidPassword: '28P01',
  invalidSchemaName: '3F000',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
  duplicateDatabase: '42P04',
  undefinedColumn: '42703',
  undefinedFunction: '42883',
  diskFull: '53100',
  tooManyConnections: '53300',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
} as const;

/** Classes, by the first two characters. */
export const SQLSTATE_CLASS = {
  connectionException: /^08[0-9A-Z]{3}$/,
  dataException: /^22[0-9A-Z]{3}$/,
  integrityConstraintViolation: /^23[0-9A-Z]{3}$/,
} as const;
