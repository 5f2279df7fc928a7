/** Submitted tests, cancellations, substitutions (chapter 3). These constraints reject duplicates and resolve races. */
import { concurrentIndex, keptForTerm, sqlMigration } from '../platform/db/index.js';

export const screeningMigrations = [
  sqlMigration(
    'CreateScreening1790000000004',
    `
    CREATE SCHEMA screening;
    GRANT USAGE ON SCHEMA screening TO passerella_gateway, passerella_worker;

    -- [T-2] 3.3.1: the titular doctor adds a substitute, from a day to a day, both included.
    CREATE TABLE screening.substitution (
      id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      titular    text NOT NULL REFERENCES registry.doctor,
      substitute text NOT NULL,
      valid_from date NOT NULL,
      valid_to   date NOT NULL,
      created_at timestamptz NOT NULL,
      revoked_at timestamptz,
      CONSTRAINT substitution_term CHECK (valid_from <= valid_to),
      CONSTRAINT substitution_of_another CHECK (titular <> substitute)
    );
    CREATE INDEX substitution_lookup ON screening.substitution (substitute, titular) WHERE revoked_at IS NULL;
    GRANT SELECT ON screening.substitution TO passerella_gateway;

    -- [T-20] [T-60] 3.5: a submission stays until its term; cancelled_by is set once, by a cancellation.
    CREATE TABLE screening.test_submission (
      transaction_id  bigint PRIMARY KEY,
      person          text NOT NULL REFERENCES registry.person,
      titular         text NOT NULL REFERENCES registry.doctor,
      doctor          text NOT NULL,
      executed_on     date NOT NULL,
      communicated_at timestamptz(3) NOT NULL,
      cancelled_by    bigint
    );
    -- At most one active test per person and day, even if two submissions race.
    CREATE UNIQUE INDEX test_submission_active ON screening.test_submission (person, executed_on) WHERE cancelled_by IS NULL;
    CREATE INDEX test_submission_list ON screening.test_submission (titular, executed_on);
    GRANT SELECT, INSERT, UPDATE (cancelled_by) ON screening.test_submission TO passerella_gateway;
    GRANT SELECT ON screening.test_submission TO passerella_worker;

    -- [T-30] a cancellation is a separate fact; a submission is cancelled at most once.
    CREATE TABLE screening.test_cancellation (
      transaction_id bigint PRIMARY KEY,
      submission     bigint NOT NULL UNIQUE REFERENCES screening.test_submission,
      doctor         text NOT NULL,
      cancelled_at   timestamptz(3) NOT NULL
    );
    ALTER TABLE screening.test_submission
      ADD FOREIGN KEY (cancelled_by) REFERENCES screening.test_cancellation DEFERRABLE INITIALLY DEFERRED;
    GRANT SELECT, INSERT ON screening.test_cancellation TO passerella_gateway;
    GRANT SELECT ON screening.test_cancellation TO passerella_worker;
    `,
  ),
  sqlMigration(
    'RetainScreening1790000000052',
    `
    -- [S-5] Tests expire by the day of their submission; a cancellation is looked up when it is deleted with its test.
    CREATE INDEX test_submission_term ON screening.test_submission (communicated_at);
    CREATE INDEX test_submission_cancelled ON screening.test_submission (cancelled_by) WHERE cancelled_by IS NOT NULL;
    GRANT DELETE ON screening.test_submission, screening.test_cancellation TO passerella_worker;
    GRANT SELECT, DELETE ON screening.substitution TO passerella_worker;
    `,
  ),
  // Whether a person may be removed from the registry: the foreign key checks it too, and cancelled tests count as
  // well.
  concurrentIndex(
    'IndexTestsOfPersons1790000000146',
    'CREATE INDEX CONCURRENTLY test_submission_person ON screening.test_submission (person)',
  ),
  concurrentIndex(
    'IndexCancellations1790000000119',
    'CREATE UNIQUE INDEX CONCURRENTLY test_cancellation_submission ON screening.test_cancellation (transaction_id, submission)',
  ),
  // [T-30] A cancellation is final and refers to its own submission: not even the gateway's login can change that.
  sqlMigration(
    'KeepCancellations1790000000121',
    `
    ALTER TABLE screening.test_submission ADD CONSTRAINT test_submission_own_cancellation
      FOREIGN KEY (cancelled_by, transaction_id) REFERENCES screening.test_cancellation (transaction_id, submission)
      DEFERRABLE INITIALLY DEFERRED NOT VALID;
    CREATE FUNCTION screening.keep_cancellation() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RAISE EXCEPTION 'a cancelled test stays cancelled' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER keep_cancellation BEFORE UPDATE OF cancelled_by ON screening.test_submission FOR EACH ROW
      WHEN (OLD.cancelled_by IS NOT NULL) EXECUTE FUNCTION screening.keep_cancellation();
    REVOKE ALL ON FUNCTION screening.keep_cancellation FROM PUBLIC;
    `,
  ),
  // A separate migration: it reads every row, without holding other locks.
  sqlMigration(
    'CheckCancellations1790000000122',
    `ALTER TABLE screening.test_submission VALIDATE CONSTRAINT test_submission_own_cancellation;`,
  ),
  // [T-60] The worker deletes expired rows. A test that refers to a cancellation keeps it.
  sqlMigration(
    'KeepTests1790000000222',
    `
    ${keptForTerm({ table: 'screening.test_submission', months: 12, since: { instant: 'OLD.communicated_at' } })}
    ${keptForTerm({
      ...{ table: 'screening.substitution', months: 12 },
      since: { day: `least(OLD.valid_to, (OLD.revoked_at AT TIME ZONE 'Europe/Rome')::date)` },
    })}
    `,
  ),
  sqlMigration(
    'PortalRights1790000000244',
    `
    GRANT USAGE ON SCHEMA screening TO passerella_portal;
    GRANT SELECT, INSERT, UPDATE (cancelled_by) ON screening.test_submission TO passerella_portal;
    GRANT SELECT, INSERT ON screening.test_cancellation TO passerella_portal;
    -- A titular adds substitutes in the portal only (3.3.1) [T-2].
    GRANT SELECT, INSERT, UPDATE (revoked_at) ON screening.substitution TO passerella_portal;
    `,
  ),
];
