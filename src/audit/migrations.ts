/**
 * The access log: who requested what for whom, when, with which outcome [T-60], 3.5. Owns the numbering of transactions
 * [T-50]. Rows are added and never changed: the gateway's role may only INSERT, and one function deletes expired rows.
 */
import { concurrentIndex, sqlMigration } from '../platform/db/index.js';

const PURGE_FUNCTION = `-- [S-5] The only way in which rows of the log go. Nobody is granted DELETE: who may call this can have those deleted
    -- that are past their term by the database's own clock, and no other, whatever day he gives.
    CREATE FUNCTION audit.purge_access_log(first_day_kept date, max_rows integer) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      today date := (now() AT TIME ZONE 'Europe/Rome')::date;
      year_ago date := today - interval '12 months';
      deleted bigint;
    BEGIN
      -- 29 February has no corresponding day a year ago: rows of the day corresponding to its eve, the 28th, have
      -- expired too.
      IF extract(day FROM year_ago) <> extract(day FROM today) THEN year_ago := year_ago + 1; END IF;
      IF first_day_kept > year_ago THEN
        RAISE EXCEPTION 'the access log is kept for twelve months' USING ERRCODE = 'insufficient_privilege';
      END IF;
      DELETE FROM audit.access_log WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM audit.access_log
        WHERE at < (first_day_kept::timestamp AT TIME ZONE 'Europe/Rome') ORDER BY at LIMIT max_rows));
      GET DIAGNOSTICS deleted = ROW_COUNT;
      RETURN deleted;
    END $$;
    REVOKE ALL ON FUNCTION audit.purge_access_log FROM PUBLIC;`;

/** The columns that a process writes; the database sets `written_at`. */
const WRITTEN =
  'transaction_id, at, operation, outcome, user_id, doctor, titular, method, client_address, request_id, affected, times, ' +
  'caller, region, subject_kind, database_login, os_user';

/**
 * [T-60] [S-3] `at` is the instant of access, stated by the process: a counted refusal, or one that waited for an
 * unavailable database, is written later. The database therefore adds its own instant, which no process can set. With a
 * stolen login of a process, rows can be backdated, but this is visible, and does not make them expire earlier.
 * @param writers roles that add rows
 * @param purgers roles that may have expired rows deleted
 */
function datedByDatabase(writers: readonly string[], purgers: readonly string[]): string {
  return `
    ALTER TABLE audit.access_log ADD COLUMN written_at timestamptz(3); -- null: of a former release
    ALTER TABLE audit.access_log ALTER COLUMN written_at SET DEFAULT clock_timestamp();
    ALTER TABLE audit.access_log ADD CONSTRAINT access_log_numbered CHECK (transaction_id > 0) NOT VALID;
    REVOKE INSERT ON audit.access_log FROM ${writers.join(', ')};
    GRANT INSERT (${WRITTEN}) ON audit.access_log TO ${writers.join(', ')};
    GRANT SELECT (written_at) ON audit.access_log TO ${purgers.join(', ')};
    ${PURGE_FUNCTION.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION').replace(
      'WHERE at < (first_day_kept',
      `WHERE coalesce(written_at < (first_day_kept::timestamp AT TIME ZONE 'Europe/Rome'), true)
          AND at < (first_day_kept`,
    )}
    GRANT EXECUTE ON FUNCTION audit.purge_access_log TO ${purgers.join(', ')};`;
}

/** [S-3] A search of the log is logged too. @param writers roles that add rows */
const recordSearches = (writers: readonly string[]): string => `
    ALTER TABLE audit.access_log ADD COLUMN search jsonb; -- reason and filters of a search; null for other operations
    GRANT INSERT (search) ON audit.access_log TO ${writers.join(', ')};`;

const BY_USER = `CREATE INDEX CONCURRENTLY access_log_user ON audit.access_log (user_id, at) WHERE user_id IS NOT NULL`;
const BY_REQUEST = `CREATE INDEX CONCURRENTLY access_log_request ON audit.access_log (request_id)`;

export const auditMigrations = [
  sqlMigration(
    'CreateAudit1790000000000',
    `
    CREATE SCHEMA audit;
    GRANT USAGE ON SCHEMA audit TO passerella_gateway, passerella_worker;

    -- [T-50] numeric, unique, never reused, at most 15 digits: exact in an IEEE double, hence in every toolkit.
    CREATE SEQUENCE audit.transaction_id AS bigint MINVALUE 1 MAXVALUE 999999999999999 NO CYCLE;
    GRANT USAGE ON SEQUENCE audit.transaction_id TO passerella_gateway, passerella_worker;

    CREATE TABLE audit.access_log (
      transaction_id bigint PRIMARY KEY,
      at             timestamptz(3) NOT NULL,
      operation      text NOT NULL,
      outcome        text NOT NULL,
      user_id        text,          -- as claimed when the sign-in failed, else of the account
      doctor         text,          -- codice fiscale medico
      titular        text,          -- codice fiscale medico titolare
      method         text,          -- card, password; null when no identity was shown
      client_address inet,
      request_id     uuid NOT NULL
    );
    CREATE INDEX access_log_at ON audit.access_log (at);
    GRANT INSERT ON audit.access_log TO passerella_gateway, passerella_worker;
    `,
  ),
  sqlMigration(
    'RetainAccessLog1790000000050',
    `
    ALTER TABLE audit.access_log ADD COLUMN affected bigint; -- rows that a retention deleted; null for other operations

    ${PURGE_FUNCTION}
    GRANT EXECUTE ON FUNCTION audit.purge_access_log TO passerella_worker;
    GRANT SELECT (at) ON audit.access_log TO passerella_worker; -- how many, and since when
    `,
  ),
  sqlMigration(
    'CountRefusals1790000000111',
    `
    -- How many refusals the row represents (refusals.ts); null: the row is one transaction. For a count, user_id is
    -- null, and client_address is the network, or null if they came from too many.
    ALTER TABLE audit.access_log ADD COLUMN times integer;
    ALTER TABLE audit.access_log ADD CONSTRAINT access_log_times CHECK (times > 0) NOT VALID;
    `,
  ),
  // A separate migration: it reads every row, without holding other locks.
  sqlMigration('CheckTimes1790000000176', 'ALTER TABLE audit.access_log VALIDATE CONSTRAINT access_log_times'),
  sqlMigration(
    'DescribeCallers1790000000190',
    `
    -- [S-4] Reports by region and kind of caller need no join: null in rows of former releases.
    ALTER TABLE audit.access_log
      ADD COLUMN caller         text, -- the policy's word: doctor, asl_operator, citizen, system, operator, job, …
      ADD COLUMN region         text, -- of the caller: of the ASL, the office or the system
      ADD COLUMN subject_kind   text, -- what the act is about: never who
      ADD COLUMN database_login text, -- [S-3] of the operator of the machine: session_user
      ADD COLUMN os_user    text;
    `,
  ),
  sqlMigration(
    'DateByDatabase1790000000220',
    datedByDatabase(['passerella_gateway', 'passerella_worker'], ['passerella_worker']),
  ),
  sqlMigration(
    'PortalRights1790000000240',
    `
    GRANT USAGE ON SCHEMA audit TO passerella_portal;
    GRANT USAGE ON SEQUENCE audit.transaction_id TO passerella_portal;
    GRANT INSERT (${WRITTEN}) ON audit.access_log TO passerella_portal;
    `,
  ),
  sqlMigration(
    'RecordSearches1790000000250',
    recordSearches(['passerella_gateway', 'passerella_worker', 'passerella_portal']),
  ),
  // [S-3] A year has 60 million rows, nearly all from doctors and systems: the partial indexes contain only the others,
  // so that they cost these rows nothing. A search by region alone reads by access_log_at: every region has many rows.
  concurrentIndex(
    'SearchAccessLog1790000000251',
    BY_USER,
    BY_REQUEST,
    'CREATE INDEX CONCURRENTLY access_log_doctor ON audit.access_log (doctor, at) WHERE doctor IS NOT NULL',
    `CREATE INDEX CONCURRENTLY access_log_titular ON audit.access_log (titular, at)
     WHERE titular IS NOT NULL AND titular IS DISTINCT FROM doctor`,
    `CREATE INDEX CONCURRENTLY access_log_operation ON audit.access_log (operation, at)
     WHERE operation <> ALL ('{metadata-communication,patient-list,test-submission,test-list}')`,
    `CREATE INDEX CONCURRENTLY access_log_outcome ON audit.access_log (outcome, at)
     WHERE outcome <> ALL ('{0000,answered}')`,
    `CREATE INDEX CONCURRENTLY access_log_caller ON audit.access_log (caller, at)
     WHERE caller <> ALL ('{doctor,system}')`,
  ),
];

/**
 * The same log for acts on the register [O-1] [O-7], in the consent database: same schema, same table, same code. It
 * contains no value of a decision and no identifier of a subject, and numbers its transactions separately.
 * @param writers roles that add rows; they and the purgers may delete rows older than twelve months, and no others
 */
export function consentLogMigration(name: string, writers: readonly string[], purgers: readonly string[]) {
  const all = [...writers, ...purgers].join(', ');
  return sqlMigration(
    name,
    `
    CREATE SCHEMA audit;
    GRANT USAGE ON SCHEMA audit TO ${all};
    CREATE SEQUENCE audit.transaction_id AS bigint MINVALUE 1 MAXVALUE 999999999999999 NO CYCLE;
    GRANT USAGE ON SEQUENCE audit.transaction_id TO ${writers.join(', ')};

    CREATE TABLE audit.access_log (
      transaction_id bigint PRIMARY KEY,
      at             timestamptz(3) NOT NULL,
      operation      text NOT NULL,
      outcome        text NOT NULL,
      user_id        text,
      doctor         text,
      titular        text,
      method         text,
      client_address inet,
      request_id     uuid NOT NULL,
      affected       bigint,
      times          integer CONSTRAINT access_log_times CHECK (times > 0),
      caller         text,
      region         text,
      subject_kind   text,
      database_login text,
      os_user        text
    );
    CREATE INDEX access_log_at ON audit.access_log (at);
    GRANT INSERT ON audit.access_log TO ${writers.join(', ')};
    GRANT SELECT (at) ON audit.access_log TO ${all}; -- how many, and since when
    ${PURGE_FUNCTION}
    GRANT EXECUTE ON FUNCTION audit.purge_access_log TO ${all};
    `,
  );
}

/** The same for the consent database's log. @param writers @param purgers as in `consentLogMigration` */
export function consentLogDatedMigration(name: string, writers: readonly string[], purgers: readonly string[]) {
  return sqlMigration(name, datedByDatabase(writers, [...writers, ...purgers]));
}

/** A further role that adds rows to the consent database's log, and neither reads nor deletes any. */
export function consentLogWriterMigration(name: string, writer: string) {
  return sqlMigration(
    name,
    `
    GRANT USAGE ON SCHEMA audit TO ${writer};
    GRANT USAGE ON SEQUENCE audit.transaction_id TO ${writer};
    GRANT INSERT (${WRITTEN}, search) ON audit.access_log TO ${writer};
    `,
  );
}

/** The same for the consent database's log, which has few rows. @param writers as in `consentLogMigration` */
export function consentLogSearchMigrations(writers: readonly string[]) {
  return [
    sqlMigration('RecordSearches1790000000250', recordSearches(writers)),
    concurrentIndex('SearchAccessLog1790000000251', BY_USER, BY_REQUEST),
  ];
}
