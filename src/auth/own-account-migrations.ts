/** Accounts meant for cards only, user ids in any case on pages, own accesses of an interval. */
import { concurrentIndex, sqlMigration } from '../platform/db/index.js';
import { DEFINER, OWN, RENEW } from './link-migrations.js';

export const ownAccountMigrations = [
  sqlMigration(
    'CardOnlyAccounts1790000000300',
    `
    -- Its holder signs in by card: a stranger who reads his mail must not give it a password. Accounts that were made
    -- before are not known as such.
    ALTER TABLE auth.account ADD COLUMN card_only boolean NOT NULL DEFAULT false;

    -- An operator who gives it secrets, or a link to choose them, means it to have a password from then on.
    CREATE FUNCTION auth.end_card_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.card_only := false;
      RETURN NEW;
    END $$;
    CREATE TRIGGER end_card_only BEFORE UPDATE ON auth.account FOR EACH ROW
      WHEN (OLD.card_only AND NEW.credential_version <> OLD.credential_version
        AND NEW.secret_hash IS DISTINCT FROM OLD.secret_hash)
      EXECUTE FUNCTION auth.end_card_only();
    REVOKE ALL ON FUNCTION auth.end_card_only FROM PUBLIC;

    CREATE OR REPLACE FUNCTION auth.ask_for_recovery(wanted text, network text, at timestamptz)
      RETURNS TABLE (holder text) LANGUAGE sql ${DEFINER} AS $$
      INSERT INTO auth.mail (user_id, purpose, origin, queued_at)
        SELECT a.user_id, 'recovery', network, at FROM auth.account a JOIN auth.email e ON e.user_id = a.user_id
        WHERE a.user_id = wanted AND a.suspended_at IS NULL AND NOT a.card_only
          AND (SELECT count(*) < 5 AND coalesce(bool_and(m.queued_at <= at - interval '10 minutes'), true) FROM auth.mail m
               WHERE m.user_id = a.user_id AND m.purpose = 'recovery' AND m.queued_at > at - interval '1 day')
          AND (SELECT count(*) FROM auth.mail m WHERE m.origin = network AND m.queued_at > at - interval '1 hour') < 20
        ${RENEW}, origin = EXCLUDED.origin
        RETURNING user_id $$;
    `,
  ),
  sqlMigration(
    'OwnAccessesBetween1790000000301',
    `
    -- As auth.own_accesses, of the days from first to last in Rome; null: no bound.
    CREATE FUNCTION auth.own_accesses_between(session_token text, now timestamptz, first date, last date,
        skipped integer, most integer)
      RETURNS TABLE (at timestamptz, operation text, outcome text, client_address text, method text, times integer,
        is_operator boolean) LANGUAGE sql STABLE ${DEFINER} AS $$
      SELECT l.at, l.operation, l.outcome, host(l.client_address), l.method, coalesce(l.times, 1),
             l.database_login IS NOT NULL
      FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id JOIN audit.access_log l ON l.user_id = a.user_id
      WHERE ${OWN} AND l.at >= greatest(a.created_at, now - interval '12 months')
        AND (first IS NULL OR l.at >= first::timestamp AT TIME ZONE 'Europe/Rome')
        AND (last IS NULL OR l.at < (last + 1)::timestamp AT TIME ZONE 'Europe/Rome')
      ORDER BY l.at DESC, l.transaction_id DESC LIMIT most OFFSET skipped $$;
    REVOKE ALL ON FUNCTION auth.own_accesses_between FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION auth.own_accesses_between TO passerella_portal;
    `,
  ),
  // People type their user id in any case: see typed-user-id.ts.
  concurrentIndex(
    'IndexTypedUserIds1790000000302',
    'CREATE INDEX CONCURRENTLY account_typed_user_id ON auth.account (lower(user_id))',
  ),
];
