/**
 * The table of the worker's jobs. Schedules, queue, leases and history are rows of one table: other workers and the
 * operator see what a killed worker was doing.
 */
import { sqlMigration } from '../db/index.js';

export const jobsMigrations = [
  sqlMigration(
    'CreateWorker1790000000020',
    `
    CREATE SCHEMA jobs;
    GRANT USAGE ON SCHEMA jobs TO passerella_worker;

    CREATE TABLE jobs.job (
      id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      kind           text NOT NULL,
      subject        text,            -- opaque id of what it is about; never a person
      slot           timestamptz(3),  -- of its kind's schedule; null: asked for
      -- superseded: was exhausted, and a later one of its kind and subject succeeded
      state          text NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'done', 'exhausted', 'superseded', 'cancelled')),
      due_at         timestamptz(3) NOT NULL,
      attempts       integer NOT NULL DEFAULT 0, -- counted when claimed, so that one that kills its worker ends too
      lease_token    uuid,
      lease_until    timestamptz(3),  -- by the database's clock: those of two workers may differ
      progress_done  bigint,
      progress_total bigint,
      result         text,            -- one line for the operator
      last_error     text,            -- class and code, nothing of the data
      created_at     timestamptz(3) NOT NULL,
      started_at     timestamptz(3),  -- of the last attempt
      finished_at    timestamptz(3),
      CHECK ((state = 'queued') = (finished_at IS NULL)),
      CHECK (state = 'queued' OR lease_token IS NULL),
      CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
      -- A slot of a schedule runs once, whichever worker notices it.
      CONSTRAINT job_slot UNIQUE (kind, slot)
    );
    -- At most one unfinished job per kind and subject.
    CREATE UNIQUE INDEX job_unfinished ON jobs.job (kind, coalesce(subject, '')) WHERE state = 'queued';
    CREATE INDEX job_due ON jobs.job (due_at) WHERE state = 'queued';
    CREATE INDEX job_exhausted ON jobs.job (kind) WHERE state = 'exhausted';
    CREATE INDEX job_history ON jobs.job (kind, created_at);
    GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.job TO passerella_worker;
    `,
  ),
];
