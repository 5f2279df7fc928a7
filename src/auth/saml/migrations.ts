/**
 * Requests to identity providers, the register of their messages, and sessions of persons who signed in through one.
 */
import { concurrentIndex, sqlMigration } from '../../platform/db/index.js';

export const identityMigrations = [
  sqlMigration(
    'IdentityProviders1790000000280',
    `
    -- Unanswered requests to providers: each is used once, within ten minutes.
    CREATE TABLE auth.identity_request (
      id           text PRIMARY KEY CHECK (id ~ '^_[0-9a-f]{40}$'), -- of the AuthnRequest; the response names it
      scheme       text NOT NULL CHECK (scheme IN ('spid', 'cie')),
      provider     text NOT NULL,
      browser_hash bytea NOT NULL CHECK (length(browser_hash) = 32), -- SHA-256 of the code in the browser's cookie
      relay_hash   bytea NOT NULL CHECK (length(relay_hash) = 32), -- SHA-256 of RelayState
      issued_at    timestamptz NOT NULL,
      -- It is copied to the register only once its response is proven, otherwise deleted the next day.
      xml          text NOT NULL CHECK (length(xml) <= 8192),
      network      text NOT NULL -- who asked: an IPv4 address, or the /48 of an IPv6 address
    );
    CREATE INDEX identity_request_issued ON auth.identity_request (issued_at);
    CREATE INDEX identity_request_network ON auth.identity_request (network, issued_at);
    GRANT SELECT, INSERT, DELETE ON auth.identity_request TO passerella_portal;
    GRANT SELECT, DELETE ON auth.identity_request TO passerella_worker;

    -- DPCM 24-10-2014, art. 13: requests and responses, kept for 24 months. Encrypted with a public key: a role that
    -- writes rows can read none. No column refers to what the person did.
    CREATE TABLE auth.identity_register (
      id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at     timestamptz NOT NULL,
      sealed bytea NOT NULL CHECK (length(sealed) <= 262144)
    );
    CREATE INDEX identity_register_at ON auth.identity_register (at);
    GRANT INSERT ON auth.identity_register TO passerella_portal;
    GRANT SELECT, DELETE ON auth.identity_register TO passerella_worker;

    -- [O-1] Persons acting on their own data: they have no account. Nothing that they do is stored here [O-4].
    CREATE TABLE auth.citizen_session (
      token_hash     bytea PRIMARY KEY CHECK (length(token_hash) = 32), -- SHA-256 of what the browser holds
      codice_fiscale text NOT NULL,
      method         text NOT NULL CHECK (method IN ('spid', 'cie', 'card')),
      started_at     timestamptz NOT NULL,
      last_seen_at   timestamptz NOT NULL
    );
    CREATE INDEX citizen_session_last_seen ON auth.citizen_session (last_seen_at);
    GRANT SELECT, INSERT, UPDATE, DELETE ON auth.citizen_session TO passerella_portal;
    GRANT SELECT, DELETE ON auth.citizen_session TO passerella_worker;
    `,
  ),
  // Part of the same release as IdentityProviders: no former release has auth.citizen_session, so its check needs no
  // NOT VALID.
  sqlMigration(
    'FreeAreaSessions1790000000310',
    `
    -- [O-1] [O-4] Also sessions of the free area. Person and acknowledged notice are encrypted under the token that
    -- only the browser has. Sessions of the previous release end; the next one drops its column.
    ALTER TABLE auth.citizen_session
      ADD COLUMN sealed bytea CHECK (length(sealed) <= 1024),
      ADD COLUMN notice bytea CHECK (length(notice) <= 1024),
      ALTER COLUMN codice_fiscale DROP NOT NULL,
      DROP CONSTRAINT citizen_session_method_check,
      ADD CONSTRAINT citizen_session_method_check CHECK (method IN ('spid', 'cie', 'card', 'health-card', 'stp'));
    `,
  ),
  sqlMigration(
    'AccountsByIdentity1790000000320',
    `
    -- Decision 0107. A person identified by card or by a provider who has not yet chosen how to continue. One per
    -- person: a second identification replaces the first.
    CREATE TABLE auth.passage (
      codice_fiscale     text PRIMARY KEY,
      method             text NOT NULL CHECK (method IN ('card', 'spid', 'cie')),
      ticket_hash        bytea NOT NULL CHECK (length(ticket_hash) = 32), -- SHA-256 of the cookie of his browser
      code_hash          bytea CHECK (length(code_hash) = 32), -- by card: SHA-256 of what stands in the address, once
      card_ends_at       timestamptz,
      card_serial        text CHECK (length(card_serial) <= 64),
      user_id            text REFERENCES auth.account ON DELETE CASCADE, -- null: he has no account to go on with
      credential_version text NOT NULL, -- of the account then: another one takes the account away from the passage
      presented_at       timestamptz NOT NULL,
      claimed_at         timestamptz, -- when the code was used up; at once where there is none
      CHECK ((method = 'card') = (card_ends_at IS NOT NULL AND card_serial IS NOT NULL AND code_hash IS NOT NULL))
    );
    CREATE INDEX passage_ticket ON auth.passage (ticket_hash);
    GRANT SELECT, INSERT, UPDATE, DELETE ON auth.passage TO passerella_portal;
    GRANT SELECT, DELETE ON auth.passage TO passerella_worker;
    -- auth.card_passage belongs to the previous release; a later one can drop it.

    ALTER TABLE auth.session DROP CONSTRAINT session_method_check;
    ALTER TABLE auth.session ADD CONSTRAINT session_method
      CHECK (method IN ('card', 'password', 'spid', 'cie')) NOT VALID;
    ALTER TABLE auth.citizen_session ADD COLUMN card_ends_at timestamptz; -- of a session by card
    `,
  ),
  // A separate migration: it reads every row, without holding other locks.
  sqlMigration('CheckSessionMethods1790000000321', 'ALTER TABLE auth.session VALIDATE CONSTRAINT session_method'),
  // Part of the same release as IdentityProviders: no former release has auth.identity_register, so no former worker
  // needs the revoked grants.
  sqlMigration(
    'KeepIdentityRegister1790000000322',
    `
    -- DPCM 24-10-2014, art. 13: only this function deletes rows, after their 24 months by the database's own clock,
    -- whatever day is given. The portal sets 'at', so the database adds its own instant: a backdated row stays its
    -- term.
    ALTER TABLE auth.identity_register ADD COLUMN written_at timestamptz; -- null: of the release before
    ALTER TABLE auth.identity_register ALTER COLUMN written_at SET DEFAULT clock_timestamp();
    CREATE FUNCTION auth.purge_identity_register(first_day_kept date, max_rows integer) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      midnight timestamptz := first_day_kept::timestamp AT TIME ZONE 'Europe/Rome';
      deleted bigint;
    BEGIN
      IF first_day_kept > public.passerella_first_day_kept(24) THEN
        RAISE EXCEPTION 'the register of identities is kept for 24 months' USING ERRCODE = 'insufficient_privilege';
      END IF;
      DELETE FROM auth.identity_register WHERE id = ANY (ARRAY(
        SELECT id FROM auth.identity_register
        WHERE at < midnight AND coalesce(written_at < midnight, true) ORDER BY at LIMIT max_rows));
      GET DIAGNOSTICS deleted = ROW_COUNT;
      RETURN deleted;
    END $$;
    REVOKE ALL ON FUNCTION auth.purge_identity_register FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION auth.purge_identity_register TO passerella_worker;
    REVOKE SELECT, DELETE ON auth.identity_register FROM passerella_worker;
    GRANT SELECT (at, written_at) ON auth.identity_register TO passerella_worker; -- how many, and since when
    REVOKE INSERT ON auth.identity_register FROM passerella_portal;
    GRANT INSERT (at, sealed) ON auth.identity_register TO passerella_portal;
    `,
  ),
  // A response is looked up by its RelayState before it is read.
  concurrentIndex(
    'FindRequests1790000000323',
    'CREATE INDEX CONCURRENTLY identity_request_relay ON auth.identity_request (relay_hash)',
  ),
  sqlMigration(
    'OfficesOfSessions1790000000324',
    `
    -- [O-7] For which office an intermediary acts: code, region that has named it, name. Its operators and regions are kept in
    -- the consent database, and looked up there for each act.
    ALTER TABLE auth.session ADD COLUMN office jsonb;
    `,
  ),
];
