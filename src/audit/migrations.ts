/**
 * The access log: who asked what for whom, when, with which outcome [T-60], 3.5.
 * Owns the numbering of transactions [T-50]. Rows are added and never changed: the gateway's role may only INSERT.
 */
import { sqlMigration } from '../platform/db/index.js';

export const auditMigrations = [
  sqlMigration(
    'CreateAudit1790000000000',
    `
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'passerella_gateway') THEN
        CREATE ROLE passerella_gateway NOLOGIN;
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- two databases of one cluster migrated at once
    END $$;

    CREATE SCHEMA audit;
    GRANT USAGE ON SCHEMA audit TO passerella_gateway;

    -- [T-50] numeric, unique, never reused, at most 15 digits: exact in an IEEE double, hence in every toolkit.
    CREATE SEQUENCE audit.transaction_id AS bigint MINVALUE 1 MAXVALUE 999999999999999 NO CYCLE;
    GRANT USAGE ON SEQUENCE audit.transaction_id TO passerella_gateway;

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
    GRANT INSERT ON audit.access_log TO passerella_gateway;
    `,
  ),
];
