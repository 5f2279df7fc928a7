/**
 * Statistics sent to the Commissioner by certified mail [C-2], chapter 5: content, progress and receipts. The figures
 * themselves are read from other features' tables; the archive is their only copy here.
 */
import { sqlMigration } from '../platform/db/index.js';

export const statisticsMigrations = [
  sqlMigration(
    'CreateStatistics1790000000040',
    `
    CREATE SCHEMA statistics;
    GRANT USAGE ON SCHEMA statistics TO passerella_worker;

    CREATE TABLE statistics.delivery (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      request     text NOT NULL CONSTRAINT delivery_request UNIQUE, -- a job that runs again after a crash prepares nothing new
      taken_at    timestamptz(3) NOT NULL, -- date of the statistic, 5.4
      recipient   text NOT NULL,
      file_name   text NOT NULL,
      archive     bytea NOT NULL,
      password    text,                    -- until nobody needs it any more: the second mail delivered, or given up
      finished_at timestamptz(3),
      CHECK ((finished_at IS NULL) = (password IS NOT NULL))
    );

    -- Two per delivery. The Message-ID is fixed before the first attempt; a returned mail gets a new one.
    CREATE TABLE statistics.mail (
      delivery_id     bigint NOT NULL REFERENCES statistics.delivery ON DELETE CASCADE,
      part            text NOT NULL CHECK (part IN ('archive', 'password')),
      message_id      text NOT NULL CONSTRAINT mail_message_id UNIQUE,
      state           text NOT NULL CHECK (state IN ('waiting', 'queued', 'sending', 'uncertain', 'sent', 'accepted',
                                                     'delivered', 'refused', 'not_accepted', 'undelivered')),
      attempts        integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz(3) NOT NULL,
      sending_since   timestamptz(3),      -- written before the message leaves
      sent_at         timestamptz(3),      -- the server took it
      last_error      text,                -- for the operator, may quote the server
      PRIMARY KEY (delivery_id, part)
    );
    CREATE INDEX mail_open ON statistics.mail (state)
      WHERE state IN ('waiting', 'queued', 'sending', 'uncertain', 'sent', 'accepted');

    -- As found in the mailbox, where the receipts themselves stay.
    CREATE TABLE statistics.receipt (
      delivery_id bigint NOT NULL,
      part        text NOT NULL,
      message_id  text NOT NULL,           -- that the receipt names
      kind        text NOT NULL CHECK (kind IN ('accepted', 'not_accepted', 'delivered', 'undelivered', 'delayed')),
      received_at timestamptz(3) NOT NULL,
      explanation text,                    -- the provider's words when something went wrong
      PRIMARY KEY (message_id, kind),
      FOREIGN KEY (delivery_id, part) REFERENCES statistics.mail ON DELETE CASCADE
    );

    GRANT SELECT, INSERT, DELETE ON statistics.delivery, statistics.mail, statistics.receipt TO passerella_worker;
    GRANT UPDATE (password, finished_at) ON statistics.delivery TO passerella_worker;
    GRANT UPDATE ON statistics.mail TO passerella_worker;
    `,
  ),
  // Error texts of providers that quote the original message were stored, with the archive's password.
  sqlMigration(
    'ForgetRepeatedPasswords1790000000160',
    `
    UPDATE statistics.receipt SET explanation = NULL WHERE part = 'password' AND explanation IS NOT NULL;
    `,
  ),
];
