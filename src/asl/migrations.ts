/**
 * Operators of the ASLs, the daily numbers of tests that they submit, their downloads, 4.5. Rows of the
 * last two are added and never changed: the gateway may only INSERT, and the worker deletes expired rows.
 */
import { concurrentIndex, keptForTerm, sqlMigration } from '../platform/db/index.js';

export const aslMigrations = [
  sqlMigration(
    'CreateAsl1790000000030',
    `
    CREATE SCHEMA asl;
    GRANT USAGE ON SCHEMA asl TO passerella_gateway, passerella_worker;

    -- [A-1] The one ASL that an operator acts for. Requests do not contain the ASL: it is read here, by account.
    CREATE TABLE asl.operator (
      user_id  text PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
      asl_code text NOT NULL REFERENCES registry.asl
    );
    GRANT SELECT ON asl.operator TO passerella_gateway;

    -- [A-3] 4.4.2: every submitted number. For an ASL and day the row with the highest transaction counts.
    CREATE TABLE asl.daily_count (
      transaction_id  bigint PRIMARY KEY,
      asl_code        text NOT NULL REFERENCES registry.asl,
      executed_on     date NOT NULL,
      tests           integer NOT NULL CHECK (tests >= 0),
      operator        text NOT NULL,           -- codice fiscale dell'operatore sanitario
      communicated_at timestamptz(3) NOT NULL
    );
    CREATE INDEX daily_count_latest ON asl.daily_count (asl_code, executed_on, transaction_id DESC);
    CREATE INDEX daily_count_term ON asl.daily_count (communicated_at);
    GRANT SELECT, INSERT ON asl.daily_count TO passerella_gateway;
    GRANT SELECT, DELETE ON asl.daily_count TO passerella_worker;

    -- The number that counts, for each ASL and day, for sums.
    CREATE VIEW asl.current_count AS
      SELECT DISTINCT ON (asl_code, executed_on) asl_code, executed_on, tests, transaction_id, communicated_at
      FROM asl.daily_count ORDER BY asl_code, executed_on, transaction_id DESC;
    GRANT SELECT ON asl.current_count TO passerella_gateway, passerella_worker;

    -- 4.5: who downloaded which file, when; the access log has the rest of the call, under the same transaction.
    CREATE TABLE asl.download (
      transaction_id bigint PRIMARY KEY,
      at             timestamptz(3) NOT NULL,
      user_id        text NOT NULL,
      asl_code       text NOT NULL REFERENCES registry.asl,
      file           text NOT NULL CHECK (file IN ('doctor-numbers', 'unmatched-numbers'))
    );
    CREATE INDEX download_term ON asl.download (at);
    GRANT INSERT ON asl.download TO passerella_gateway;
    GRANT SELECT, DELETE ON asl.download TO passerella_worker;
    `,
  ),
  // Both numbers of a day, and who downloaded which file (4.5): the worker deletes expired rows.
  sqlMigration(
    'KeepCounts1790000000222',
    `
    ${keptForTerm({ table: 'asl.daily_count', months: 12, since: { instant: 'OLD.communicated_at' } })}
    ${keptForTerm({ table: 'asl.download', months: 12, since: { instant: 'OLD.at' } })}
    `,
  ),
  sqlMigration(
    'LetPortalReadOperators1790000000233',
    `
    -- A session of the portal reads the region of an operator's ASL, like a sign-in [S-4].
    GRANT USAGE ON SCHEMA asl TO passerella_portal;
    GRANT SELECT ON asl.operator TO passerella_portal;
    `,
  ),
  sqlMigration(
    'AslPortal1790000000245',
    `
    -- Id of the form: sent again, it is one submission [A-3]. Null if it came without a form.
    ALTER TABLE asl.daily_count ADD COLUMN request uuid;

    GRANT SELECT, INSERT ON asl.daily_count TO passerella_portal;
    GRANT INSERT ON asl.download TO passerella_portal;
    `,
  ),
  concurrentIndex(
    'IndexAslRequests1790000000248',
    'CREATE UNIQUE INDEX CONCURRENTLY daily_count_request ON asl.daily_count (asl_code, request)',
  ),
];
