/** Accounts and their failed sign-ins [T-1] [S-2], 6.2. */
import { sqlMigration } from '../platform/db/index.js';
import { linkMigrations } from './link-migrations.js';
import { ownAccountMigrations } from './own-account-migrations.js';
import { identityMigrations } from './saml/migrations.js';

const ALL_ROLES = `'doctor', 'asl_operator', 'intermediary', 'ministry_uploader', 'ministry_administrator', 'administrator', 'auditor'`;

export const authMigrations = [
  ...identityMigrations,
  sqlMigration(
    'CreateAuth1790000000003',
    `
    CREATE SCHEMA auth;
    GRANT USAGE ON SCHEMA auth TO passerella_gateway, passerella_worker;

    CREATE TABLE auth.account (
      user_id            text PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 64),
      codice_fiscale     text NOT NULL UNIQUE,
      role               text NOT NULL CHECK (role IN ('doctor', 'asl_operator')),
      password_hash      text NOT NULL,
      pincode_hash       text NOT NULL,
      credential_version integer NOT NULL DEFAULT 1, -- grows with every change of password, pincode or suspension
      suspended_at       timestamptz,
      created_at         timestamptz NOT NULL
    );
    GRANT SELECT ON auth.account TO passerella_gateway;

    -- One row per account and origin of its sign-ins; origin '*' represents all origins without a success.
    CREATE TABLE auth.sign_in_attempt (
      user_id         text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
      origin          text NOT NULL,  -- network address, or '*'
      failures        integer NOT NULL DEFAULT 0,
      locked_until    timestamptz,
      last_success_at timestamptz,
      PRIMARY KEY (user_id, origin)
    );
    GRANT SELECT, INSERT, UPDATE ON auth.sign_in_attempt TO passerella_gateway;
    `,
  ),
  sqlMigration(
    'RetainSignInAttempts1790000000051',
    `
    -- [S-5] Start of a row's term. The release that lacks the column leaves the day of the first attempt.
    ALTER TABLE auth.sign_in_attempt ADD COLUMN attempted_at timestamptz NOT NULL DEFAULT now();
    GRANT SELECT, DELETE ON auth.sign_in_attempt TO passerella_worker;
    `,
  ),
  sqlMigration(
    'OneHashOfSecrets1790000000110',
    `
    -- Decision 0060. The pair of hashes is kept for a week with the new one, for a previous release that still runs or
    -- is restored.
    ALTER TABLE auth.account
      ADD COLUMN secret_hash text,             -- one Argon2id over password and pincode; null: the pair counts
      ADD COLUMN pair_replaced_at timestamptz, -- since when the pair is there for the former release only
      ALTER COLUMN password_hash DROP NOT NULL,
      ALTER COLUMN pincode_hash DROP NOT NULL,
      ADD CONSTRAINT account_secrets
        CHECK (secret_hash IS NOT NULL OR (password_hash IS NOT NULL AND pincode_hash IS NOT NULL));
    -- At the owner's success the gateway replaces the pair; it can change nothing else of an account.
    GRANT UPDATE (secret_hash, pair_replaced_at, password_hash, pincode_hash) ON auth.account TO passerella_gateway;

    -- The previous release sets new secrets as a pair without the single hash, which then belongs to the former secrets
    -- and is void.
    CREATE FUNCTION auth.void_secret_hash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.secret_hash := NULL;
      NEW.pair_replaced_at := NULL;
      RETURN NEW;
    END $$;
    CREATE TRIGGER void_secret_hash BEFORE UPDATE ON auth.account FOR EACH ROW
      WHEN (((NEW.password_hash IS NOT NULL AND NEW.password_hash IS DISTINCT FROM OLD.password_hash)
          OR (NEW.pincode_hash IS NOT NULL AND NEW.pincode_hash IS DISTINCT FROM OLD.pincode_hash))
        AND NEW.secret_hash IS NOT DISTINCT FROM OLD.secret_hash)
      EXECUTE FUNCTION auth.void_secret_hash();
    REVOKE ALL ON FUNCTION auth.void_secret_hash FROM PUBLIC;
    `,
  ),
  sqlMigration(
    'GuardSecrets1790000000210',
    `
    -- Decision 0060. A role that does not own the table, such as the gateway, can set the single hash only if there is
    -- none, and delete the pair: a flaw there cannot replace the secrets of an account that has its single hash.
    CREATE FUNCTION auth.guard_secrets() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF pg_catalog.pg_has_role((SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
      END IF;
      IF (OLD.secret_hash IS NOT NULL AND NEW.secret_hash IS DISTINCT FROM OLD.secret_hash)
        OR (NEW.password_hash IS NOT NULL AND NEW.password_hash IS DISTINCT FROM OLD.password_hash)
        OR (NEW.pincode_hash IS NOT NULL AND NEW.pincode_hash IS DISTINCT FROM OLD.pincode_hash)
      THEN
        RAISE EXCEPTION 'only the owner of auth.account changes secrets' USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER guard_secrets BEFORE UPDATE OF secret_hash, password_hash, pincode_hash ON auth.account
      FOR EACH ROW EXECUTE FUNCTION auth.guard_secrets();
    REVOKE ALL ON FUNCTION auth.guard_secrets FROM PUBLIC;
    `,
  ),
  sqlMigration(
    'CapacitiesOfAccounts1790000000225',
    `
    -- A person has one account and may act in several capacities, each call in one. Data of a capacity, such as an ASL,
    -- are stored by its feature. Column role of auth.account remains one of them: the previous release reads only that.
    CREATE TABLE auth.capacity (
      user_id text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
      role    text NOT NULL CONSTRAINT capacity_role CHECK (role IN ('doctor', 'asl_operator')),
      PRIMARY KEY (user_id, role)
    );
    GRANT SELECT ON auth.capacity TO passerella_gateway;
    INSERT INTO auth.capacity (user_id, role) SELECT user_id, role FROM auth.account;

    CREATE FUNCTION auth.keep_capacity() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF TG_OP = 'UPDATE' THEN DELETE FROM auth.capacity WHERE user_id = OLD.user_id AND role = OLD.role; END IF;
      INSERT INTO auth.capacity (user_id, role) VALUES (NEW.user_id, NEW.role) ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE TRIGGER keep_capacity AFTER INSERT OR UPDATE OF role ON auth.account
      FOR EACH ROW EXECUTE FUNCTION auth.keep_capacity();
    REVOKE ALL ON FUNCTION auth.keep_capacity FROM PUBLIC;
    `,
  ),
  sqlMigration(
    'AdmitIntermediaries1790000000226',
    `
    -- [O-7] Operators of an office: the consent database stores which offices.
    ALTER TABLE auth.account DROP CONSTRAINT account_role_check;
    ALTER TABLE auth.account ADD CONSTRAINT account_role
      CHECK (role IN ('doctor', 'asl_operator', 'intermediary')) NOT VALID;
    ALTER TABLE auth.capacity DROP CONSTRAINT capacity_role;
    ALTER TABLE auth.capacity ADD CONSTRAINT capacity_role
      CHECK (role IN ('doctor', 'asl_operator', 'intermediary')) NOT VALID;
    `,
  ),
  // A separate migration: it reads every row, without holding other locks.
  sqlMigration(
    'CheckRoles1790000000227',
    `
    ALTER TABLE auth.account VALIDATE CONSTRAINT account_role;
    ALTER TABLE auth.capacity VALIDATE CONSTRAINT capacity_role;
    `,
  ),
  sqlMigration(
    'CountOnNobody1790000000222',
    `
    -- [T-1] Attempts on unknown user ids, or on suspended accounts, cost as much as on an account (nobody.ts). By
    -- slots: a fixed maximum of rows, without data of a person.
    CREATE TABLE auth.attempt_on_nobody (
      user_id      text NOT NULL CHECK (user_id ~ '^[0-9]{1,4}$'),
      origin       text NOT NULL CHECK (origin ~ '^([0-9]{1,3}|[*])$'),
      failures     integer NOT NULL,
      locked_until timestamptz,
      attempted_at timestamptz NOT NULL,
      PRIMARY KEY (user_id, origin)
    );
    GRANT SELECT, INSERT, UPDATE ON auth.attempt_on_nobody TO passerella_gateway;
    `,
  ),
  sqlMigration(
    'PortalSessions1790000000243',
    `
    GRANT USAGE ON SCHEMA auth TO passerella_portal;
    GRANT SELECT ON auth.account, auth.capacity TO passerella_portal;
    GRANT SELECT, INSERT, UPDATE ON auth.sign_in_attempt, auth.attempt_on_nobody TO passerella_portal;
    -- For the gateway: at the owner's success, and the trigger permits nothing else (decision 0060).
    GRANT UPDATE (secret_hash, pair_replaced_at, password_hash, pincode_hash) ON auth.account TO passerella_portal;

    CREATE TABLE auth.session (
      id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      token_hash         bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- SHA-256 of what the browser holds
      user_id            text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
      method             text NOT NULL CHECK (method IN ('card', 'password')),
      acting_as          text, -- one of the account's capacities; null: not chosen yet
      credential_version integer NOT NULL, -- the account's at sign-in: another one ends the session
      started_at         timestamptz NOT NULL,
      last_seen_at       timestamptz NOT NULL,
      client_address     inet,
      device             text NOT NULL CHECK (length(device) <= 64),
      kept               jsonb NOT NULL DEFAULT '{}' -- fields of a professional's forms, by page; never a choice of a citizen [O-4]
    );
    CREATE INDEX session_account ON auth.session (user_id);
    CREATE INDEX session_last_seen ON auth.session (last_seen_at);
    GRANT SELECT, INSERT, UPDATE, DELETE ON auth.session TO passerella_portal;
    GRANT SELECT, DELETE ON auth.session TO passerella_worker;
    `,
  ),
  sqlMigration(
    'SignInByCard1790000000255',
    `
    -- Decision 0096. One per account: a second presentation of the card replaces the first.
    CREATE TABLE auth.card_passage (
      user_id            text PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
      code_hash          bytea NOT NULL CHECK (length(code_hash) = 32),   -- SHA-256 of what stands in the address, once
      ticket_hash        bytea NOT NULL CHECK (length(ticket_hash) = 32), -- SHA-256 of the cookie of the browser that began
      credential_version text NOT NULL, -- of the account when the card was verified: another one ends the passage
      card_ends_at       timestamptz NOT NULL,
      card_serial        text NOT NULL CHECK (length(card_serial) <= 64),
      presented_at       timestamptz NOT NULL,
      claimed_at         timestamptz -- when the code was used up
    );
    CREATE INDEX card_passage_ticket ON auth.card_passage (ticket_hash);
    GRANT SELECT, INSERT, UPDATE, DELETE ON auth.card_passage TO passerella_portal;
    GRANT SELECT, DELETE ON auth.card_passage TO passerella_worker;

    -- For a session by card; null: started by the previous release.
    ALTER TABLE auth.session ADD COLUMN card_ends_at timestamptz, ADD COLUMN card_serial text;
    `,
  ),
  sqlMigration(
    'AdmitAllRoles1790000000231',
    `
    -- [R-5] [S-2] [S-3] ministry users, administrators, auditors.
    ALTER TABLE auth.account DROP CONSTRAINT account_role;
    ALTER TABLE auth.account ADD CONSTRAINT account_role CHECK (role IN (${ALL_ROLES})) NOT VALID;
    ALTER TABLE auth.capacity DROP CONSTRAINT capacity_role;
    ALTER TABLE auth.capacity ADD CONSTRAINT capacity_role CHECK (role IN (${ALL_ROLES})) NOT VALID;
    `,
  ),
  // A separate migration: it reads every row, without holding other locks.
  sqlMigration(
    'CheckAllRoles1790000000232',
    `
    ALTER TABLE auth.account VALIDATE CONSTRAINT account_role;
    ALTER TABLE auth.capacity VALIDATE CONSTRAINT capacity_role;
    `,
  ),
  ...linkMigrations,
  ...ownAccountMigrations,
];
