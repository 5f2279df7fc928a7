/** Requests to identity providers, the register of their messages, and sessions of persons who come from one. */
import { sqlMigration } from '../../platform/db/index.js';

export const identityMigrations = [
  sqlMigration(
    'IdentityProviders1790000000280',
    `
    -- What was asked of a provider and is not answered yet: used once, within ten minutes.
    CREATE TABLE auth.identity_request (
      id           text PRIMARY KEY CHECK (id ~ '^_[0-9a-f]{40}$'), -- of the AuthnRequest; the response names it
      scheme       text NOT NULL CHECK (scheme IN ('spid', 'cie')),
      provider     text NOT NULL,
      browser_hash bytea NOT NULL CHECK (length(browser_hash) = 32), -- SHA-256 of the code in the browser's cookie
      relay_hash   bytea NOT NULL CHECK (length(relay_hash) = 32), -- SHA-256 of RelayState
      issued_at    timestamptz NOT NULL,
      -- It is in the register only once its response is proven, and else gone the next day.
      xml          text NOT NULL CHECK (length(xml) <= 8192),
      network      text NOT NULL -- who asked: an IPv4 address, or the /48 of an IPv6 address
    );
    CREATE INDEX identity_request_issued ON auth.identity_request (issued_at);
    CREATE INDEX identity_request_network ON auth.identity_request (network, issued_at);
    GRANT SELECT, INSERT, DELETE ON auth.identity_request TO passerella_portal;
    GRANT SELECT, DELETE ON auth.identity_request TO passerella_worker;

    -- DPCM 24-10-2014, art. 13: requests and responses, kept for 24 months. Encrypted with a public key: who writes a row
    -- can read none. It has no column that leads to what the person did.
    CREATE TABLE auth.identity_register (
      id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at     timestamptz NOT NULL,
      sealed bytea NOT NULL CHECK (length(sealed) <= 262144)
    );
    CREATE INDEX identity_register_at ON auth.identity_register (at);
    GRANT INSERT ON auth.identity_register TO passerella_portal;
    GRANT SELECT, DELETE ON auth.identity_register TO passerella_worker;

    -- [O-1] Persons in the matter of their own data: they have no account. Nothing of what they do is kept here [O-4].
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
];
