/**
 * E-mail addresses of accounts, mails to their holders, and one-time links (decision 0097). Portal and gateway cannot
 * read links or set secrets directly: database functions do so for a caller who presents the token of a link or
 * session.
 */
import { sqlMigration } from '../platform/db/index.js';

/** For account a, as `CREDENTIAL_VERSION` in store.ts was then; a migration never changes. */
const VERSION = "concat_ws('/', a.credential_version, extract(epoch FROM a.created_at))";

export const DEFINER = 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp';

/** Whether link l of account a is valid at an instant. */
const STANDS = `l.expires_at > at AND a.suspended_at IS NULL AND l.account_version = ${VERSION}`;

/** New secrets invalidate remembered sign-ins, links and sessions created before. */
const NEW_SECRETS = `secret_hash = new_hash, password_hash = NULL, pincode_hash = NULL, pair_replaced_at = NULL,
        credential_version = credential_version + 1`;

/** Session s of account a: the token matches, and the account is unchanged since sign-in. */
export const OWN = `s.token_hash = sha256(convert_to(session_token, 'UTF8')) AND a.suspended_at IS NULL
        AND a.credential_version = s.credential_version`;

/** Locks the account before reading or changing anything else of it: all functions lock in the same order. */
const LOCK_HOLDER = `SELECT s.user_id INTO holder FROM auth.session s
        WHERE s.token_hash = sha256(convert_to(session_token, 'UTF8'));
      PERFORM FROM auth.account a WHERE a.user_id = holder FOR UPDATE;
      SELECT a.user_id INTO holder FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id
        WHERE ${OWN} AND ${VERSION} = version;`;

const LOCK_OF_LINK = `SELECT l.user_id INTO holder FROM auth.link l WHERE l.token_hash = hash;
      PERFORM FROM auth.account a WHERE a.user_id = holder FOR UPDATE;`;

/** Per purpose, at most one mail to the account's own address is queued; another request renews it. */
export const RENEW = `ON CONFLICT (user_id, purpose) WHERE finished_at IS NULL AND recipient IS NULL
        DO UPDATE SET queued_at = EXCLUDED.queued_at`;

export const linkMigrations = [
  sqlMigration(
    'MailToHolders1790000000260',
    `
    CREATE TABLE auth.email (
      user_id text PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
      address text NOT NULL CHECK (length(address) BETWEEN 3 AND 254)
    );

    -- The worker's queue of mails. It generates the token of a link when it sends: no token is ever stored in clear.
    CREATE TABLE auth.mail (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      user_id     text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
      purpose     text NOT NULL CHECK (purpose IN
                    ('activation', 'recovery', 'address', 'secrets-changed', 'address-changed', 'locked')),
      recipient   text,        -- an address that is not, or no longer, the account's; null: the account's when it is sent
      origin      text,        -- network that asked for it, where a stranger may
      queued_at   timestamptz NOT NULL DEFAULT now(),
      due_at      timestamptz, -- not before; null: at once
      attempts    integer NOT NULL DEFAULT 0,
      finished_at timestamptz  -- sent, or given up
    );
    -- At most one mail per purpose is queued: no mailbox is flooded when the mail server recovers.
    CREATE UNIQUE INDEX mail_waiting ON auth.mail (user_id, purpose) WHERE finished_at IS NULL AND recipient IS NULL;
    CREATE INDEX mail_account ON auth.mail (user_id, queued_at);
    CREATE INDEX mail_origin ON auth.mail (origin, queued_at) WHERE origin IS NOT NULL;
    GRANT SELECT, DELETE ON auth.mail TO passerella_worker;
    GRANT UPDATE (recipient, finished_at) ON auth.mail TO passerella_worker;

    CREATE TABLE auth.link (
      token_hash      bytea PRIMARY KEY CHECK (length(token_hash) = 32), -- SHA-256 of the 256 bits in the address
      user_id         text NOT NULL REFERENCES auth.account ON DELETE CASCADE,
      purpose         text NOT NULL CHECK (purpose IN ('activation', 'recovery', 'address')),
      address         text, -- that is confirmed
      account_version text NOT NULL, -- the account's when the link was made: another one voids it
      expires_at      timestamptz NOT NULL,
      CONSTRAINT link_latest UNIQUE (user_id, purpose), -- a new one voids the former
      CHECK ((purpose = 'address') = (address IS NOT NULL))
    );
    CREATE INDEX link_expiry ON auth.link (expires_at);
    GRANT SELECT, DELETE ON auth.link TO passerella_worker;

    -- Claims a mail for one attempt: the next one follows after one minute, then two, four, … at most an hour, even if
    -- the worker dies in this one. A link is created only for a requested mail that will be sent; the previous link
    -- becomes void. The worker gives up the others by the same rule: no address, suspended, or requested more than a
    -- day ago.
    CREATE FUNCTION auth.claim_mail(mail_id bigint, hash bytea, at timestamptz, activation interval,
        recovery interval, confirmation interval)
      RETURNS TABLE (holder text, mail_purpose text, to_address text, is_suspended boolean, asked_at timestamptz)
      LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      PERFORM FROM auth.account a WHERE a.user_id = (SELECT m.user_id FROM auth.mail m WHERE m.id = mail_id)
        FOR NO KEY UPDATE;
      UPDATE auth.mail m SET attempts = m.attempts + 1,
          due_at = at + least(interval '1 minute' * 2 ^ least(m.attempts, 10), interval '1 hour')
        WHERE m.id = mail_id AND m.finished_at IS NULL AND (m.due_at IS NULL OR m.due_at <= at)
        RETURNING m.user_id, m.purpose, m.recipient, m.queued_at INTO holder, mail_purpose, to_address, asked_at;
      IF holder IS NULL THEN RETURN; END IF;
      INSERT INTO auth.link (token_hash, user_id, purpose, address, account_version, expires_at)
        SELECT hash, holder, mail_purpose, to_address, ${VERSION},
          at + CASE mail_purpose WHEN 'activation' THEN activation WHEN 'recovery' THEN recovery ELSE confirmation END
        FROM auth.account a LEFT JOIN auth.email e ON e.user_id = a.user_id
        WHERE a.user_id = holder AND mail_purpose IN ('activation', 'recovery', 'address')
          AND a.suspended_at IS NULL AND coalesce(to_address, e.address) IS NOT NULL AND asked_at >= at - interval '24 hours'
        ON CONFLICT (user_id, purpose) DO UPDATE SET token_hash = EXCLUDED.token_hash, address = EXCLUDED.address,
          account_version = EXCLUDED.account_version, expires_at = EXCLUDED.expires_at;
      SELECT coalesce(to_address, e.address), a.suspended_at IS NOT NULL INTO to_address, is_suspended
        FROM auth.account a LEFT JOIN auth.email e ON e.user_id = a.user_id WHERE a.user_id = holder;
      RETURN NEXT;
    END $$;

    -- Shows the form, and consumes nothing: mail scanners open every link.
    CREATE FUNCTION auth.find_link(hash bytea, at timestamptz)
      RETURNS TABLE (user_id text, purpose text, address text) LANGUAGE sql STABLE ${DEFINER} AS $$
      SELECT l.user_id, l.purpose, l.address FROM auth.link l JOIN auth.account a ON a.user_id = l.user_id
      WHERE l.token_hash = hash AND ${STANDS} $$;

    -- Consumes the link, sets both secrets, ends the sessions, deletes failed sign-ins.
    CREATE FUNCTION auth.set_secrets_by_link(hash bytea, new_hash text, at timestamptz)
      RETURNS TABLE (holder text) LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      ${LOCK_OF_LINK}
      DELETE FROM auth.link l USING auth.account a
        WHERE l.token_hash = hash AND l.purpose <> 'address' AND a.user_id = l.user_id AND ${STANDS}
        RETURNING l.user_id INTO holder;
      IF holder IS NULL THEN RETURN; END IF;
      UPDATE auth.account SET ${NEW_SECRETS} WHERE user_id = holder;
      DELETE FROM auth.link WHERE user_id = holder;
      DELETE FROM auth.session WHERE user_id = holder;
      DELETE FROM auth.sign_in_attempt WHERE user_id = holder;
      RETURN NEXT;
    END $$;

    -- The session continues under another token; the holder's others end.
    CREATE FUNCTION auth.change_secrets(session_token text, next_hash bytea, version text, new_hash text)
      RETURNS TABLE (holder text) LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE session_hash bytea := sha256(convert_to(session_token, 'UTF8'));
      BEGIN
      ${LOCK_HOLDER}
      IF holder IS NULL THEN RETURN; END IF;
      UPDATE auth.account SET ${NEW_SECRETS} WHERE user_id = holder;
      DELETE FROM auth.link WHERE user_id = holder;
      DELETE FROM auth.session WHERE user_id = holder AND token_hash <> session_hash;
      UPDATE auth.session SET token_hash = next_hash, credential_version = credential_version + 1
        WHERE token_hash = session_hash;
      RETURN NEXT;
    END $$;

    -- Five new addresses a day: an account cannot be used to flood a stranger's mailbox.
    CREATE FUNCTION auth.ask_for_address(session_token text, version text, wanted text, at timestamptz)
      RETURNS TABLE (holder text) LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      ${LOCK_HOLDER}
      IF holder IS NULL OR 5 <= (SELECT count(*) FROM auth.mail m
        WHERE m.user_id = holder AND m.purpose = 'address' AND m.queued_at > at - interval '1 day') THEN RETURN; END IF;
      INSERT INTO auth.mail (user_id, purpose, recipient, queued_at) VALUES (holder, 'address', wanted, at);
      RETURN NEXT;
    END $$;

    CREATE FUNCTION auth.confirm_address(hash bytea, at timestamptz)
      RETURNS TABLE (holder text) LANGUAGE plpgsql ${DEFINER} AS $$ DECLARE confirmed text; BEGIN
      ${LOCK_OF_LINK}
      DELETE FROM auth.link l USING auth.account a
        WHERE l.token_hash = hash AND l.purpose = 'address' AND a.user_id = l.user_id AND ${STANDS}
        RETURNING l.user_id, l.address INTO holder, confirmed;
      IF holder IS NULL THEN RETURN; END IF;
      INSERT INTO auth.email (user_id, address) VALUES (holder, confirmed)
        ON CONFLICT (user_id) DO UPDATE SET address = EXCLUDED.address;
      RETURN NEXT;
    END $$;

    -- One row while the session is valid; its address is null if the account has none.
    CREATE FUNCTION auth.own_address(session_token text)
      RETURNS TABLE (address text) LANGUAGE sql STABLE ${DEFINER} AS $$
      SELECT e.address FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id
      LEFT JOIN auth.email e ON e.user_id = a.user_id WHERE ${OWN} $$;

    -- Once in ten minutes and five times a day for an account; twenty an hour for one network.
    CREATE FUNCTION auth.ask_for_recovery(wanted text, network text, at timestamptz)
      RETURNS TABLE (holder text) LANGUAGE sql ${DEFINER} AS $$
      INSERT INTO auth.mail (user_id, purpose, origin, queued_at)
        SELECT a.user_id, 'recovery', network, at FROM auth.account a JOIN auth.email e ON e.user_id = a.user_id
        WHERE a.user_id = wanted AND a.suspended_at IS NULL
          AND (SELECT count(*) < 5 AND coalesce(bool_and(m.queued_at <= at - interval '10 minutes'), true) FROM auth.mail m
               WHERE m.user_id = a.user_id AND m.purpose = 'recovery' AND m.queued_at > at - interval '1 day')
          AND (SELECT count(*) FROM auth.mail m WHERE m.origin = network AND m.queued_at > at - interval '1 hour') < 20
        ${RENEW}, origin = EXCLUDED.origin
        RETURNING user_id $$;

    REVOKE ALL ON FUNCTION auth.claim_mail, auth.find_link, auth.set_secrets_by_link, auth.change_secrets, auth.ask_for_address,
      auth.confirm_address, auth.own_address, auth.ask_for_recovery FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION auth.claim_mail TO passerella_worker;
    GRANT EXECUTE ON FUNCTION auth.find_link TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.set_secrets_by_link TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.change_secrets TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.ask_for_address TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.confirm_address TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.own_address TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.ask_for_recovery TO passerella_portal;
    `,
  ),
  sqlMigration(
    'TellHolders1790000000261',
    `
    -- Every change of an account causes a mail to its holder: by the portal, a command or a previous release.
    CREATE FUNCTION auth.tell_of_secrets() RETURNS trigger LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      INSERT INTO auth.mail (user_id, purpose) SELECT e.user_id, 'secrets-changed' FROM auth.email e
        WHERE e.user_id = NEW.user_id
        ${RENEW};
      RETURN NULL;
    END $$;
    -- The gateway replaces a pair by the single hash: this changes no secret, and no version.
    CREATE TRIGGER tell_of_secrets AFTER UPDATE ON auth.account FOR EACH ROW
      WHEN (NEW.credential_version <> OLD.credential_version
        AND (NEW.secret_hash, NEW.password_hash, NEW.pincode_hash)
          IS DISTINCT FROM (OLD.secret_hash, OLD.password_hash, OLD.pincode_hash))
      EXECUTE FUNCTION auth.tell_of_secrets();

    CREATE FUNCTION auth.tell_of_address() RETURNS trigger LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      -- The address is deleted with the account, and nobody can be notified.
      INSERT INTO auth.mail (user_id, purpose, recipient)
        SELECT a.user_id, 'address-changed', OLD.address FROM auth.account a WHERE a.user_id = OLD.user_id;
      DELETE FROM auth.link l WHERE l.user_id = OLD.user_id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER tell_of_new_address AFTER UPDATE OF address ON auth.email FOR EACH ROW
      WHEN (NEW.address <> OLD.address) EXECUTE FUNCTION auth.tell_of_address();
    CREATE TRIGGER tell_of_lost_address AFTER DELETE ON auth.email FOR EACH ROW EXECUTE FUNCTION auth.tell_of_address();

    -- When a lock starts, not when it grows; and once a day, however many networks are locked.
    CREATE FUNCTION auth.tell_of_lock() RETURNS trigger LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      INSERT INTO auth.mail (user_id, purpose, queued_at) SELECT e.user_id, 'locked', NEW.attempted_at FROM auth.email e
        WHERE e.user_id = NEW.user_id AND NOT EXISTS (SELECT FROM auth.mail m WHERE m.user_id = e.user_id
          AND m.purpose = 'locked' AND m.queued_at > NEW.attempted_at - interval '1 day')
        ${RENEW};
      RETURN NULL;
    END $$;
    CREATE TRIGGER tell_of_lock AFTER UPDATE OF locked_until ON auth.sign_in_attempt FOR EACH ROW
      WHEN (NEW.locked_until IS NOT NULL AND OLD.locked_until IS NULL) EXECUTE FUNCTION auth.tell_of_lock();
    -- A person with the former secrets may have requested another address: its mail would be sent after the change of
    -- the secrets, and its link would be valid. It counts among the five of its day.
    CREATE FUNCTION auth.give_up_addresses() RETURNS trigger LANGUAGE plpgsql ${DEFINER} AS $$ BEGIN
      UPDATE auth.mail SET finished_at = now()
        WHERE user_id = NEW.user_id AND purpose = 'address' AND finished_at IS NULL;
      RETURN NULL;
    END $$;
    CREATE TRIGGER give_up_addresses AFTER UPDATE OF credential_version ON auth.account FOR EACH ROW
      WHEN (NEW.credential_version <> OLD.credential_version) EXECUTE FUNCTION auth.give_up_addresses();
    REVOKE ALL ON FUNCTION auth.tell_of_secrets, auth.tell_of_address, auth.tell_of_lock, auth.give_up_addresses FROM PUBLIC;
    `,
  ),
  sqlMigration(
    'OwnAccesses1790000000262',
    `
    -- [T-60] The holder of a session reads the rows of the own account; the portal can read no others. A user id may
    -- have belonged to somebody else before: rows older than the account are omitted.
    CREATE FUNCTION auth.own_accesses(session_token text, now timestamptz, skipped integer, most integer)
      RETURNS TABLE (at timestamptz, operation text, outcome text, client_address text, method text, times integer,
        is_operator boolean) LANGUAGE sql STABLE ${DEFINER} AS $$
      SELECT l.at, l.operation, l.outcome, host(l.client_address), l.method, coalesce(l.times, 1),
             l.database_login IS NOT NULL
      FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id JOIN audit.access_log l ON l.user_id = a.user_id
      WHERE ${OWN} AND l.at >= greatest(a.created_at, now - interval '12 months')
      ORDER BY l.at DESC, l.transaction_id DESC LIMIT most OFFSET skipped $$;

    -- Reads back to the previous sign-in, and at most thirty days for everything else: each first page calls it.
    CREATE FUNCTION auth.lately(session_token text)
      RETURNS TABLE (last_at timestamptz, failures integer, changed_at timestamptz) LANGUAGE sql STABLE ${DEFINER} AS $$
      SELECT before.at,
             (SELECT coalesce(sum(coalesce(l.times, 1)), 0)::integer FROM audit.access_log l
              WHERE l.user_id = a.user_id AND l.outcome = 'sign-in:credentials'
                AND l.at >= greatest(a.created_at, s.started_at - interval '30 days')
                AND l.at > coalesce(before.at, s.started_at - interval '30 days')),
             (SELECT max(l.at) FROM audit.access_log l
              WHERE l.user_id = a.user_id AND l.outcome = 'changed'
                AND l.operation IN ('account-reset', 'secrets-set', 'secrets-change', 'address-confirm')
                AND l.at >= a.created_at AND l.at > s.started_at - interval '7 days')
      FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id LEFT JOIN LATERAL (
        SELECT l.at FROM audit.access_log l
        WHERE l.user_id = a.user_id AND l.operation = 'session-begin' AND l.outcome = '0000' AND l.at < s.started_at
          AND l.at >= greatest(a.created_at, s.started_at - interval '12 months')
        ORDER BY l.at DESC LIMIT 1) before ON true
      WHERE ${OWN} $$;
    REVOKE ALL ON FUNCTION auth.own_accesses, auth.lately FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION auth.own_accesses TO passerella_portal;
    GRANT EXECUTE ON FUNCTION auth.lately TO passerella_portal;
    `,
  ),
];
