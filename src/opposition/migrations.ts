/**
 * The consent database [O-4]: register of decisions, windows, intermediaries, regions and the outbox. Separate from the
 * TS database, whose roles cannot even connect. These constraints resolve races.
 */
import {
  consentLogDatedMigration,
  consentLogMigration,
  consentLogSearchMigrations,
  consentLogWriterMigration,
} from '../audit/index.js';
import { concurrentIndex, installationMigration, sqlMigration } from '../platform/db/index.js';
import { consentPortalRole, consentReaderRole, consentRetentionRole, consentRole } from './database-roles.js';

export const consentMigrations = [
  sqlMigration(
    'CreateConsent1790000000020',
    `
    CREATE SCHEMA consent;
    GRANT USAGE ON SCHEMA consent TO ${consentRole}, ${consentReaderRole};

    -- Three digits as in the registry, or SASN, which has a separate FSE (chapter 6).
    CREATE DOMAIN consent.region_code AS text CHECK (VALUE ~ '^([0-9]{3}|SASN)$');

    -- [O-5] The terms in which everybody may express a decision, both days included. The first one ended on 2024-06-30.
    CREATE TABLE consent.acquisition_window (
      id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      opens_on            date NOT NULL,
      closes_on           date NOT NULL,
      created_at          timestamptz(3) NOT NULL,
      planning_started_at timestamptz(3), -- from here on no decision of this window is taken any more
      planned_at          timestamptz(3), -- every notification of the bulk is in the outbox
      completed_at        timestamptz(3), -- none of them is waiting any more: the block may begin [B-1]
      CONSTRAINT acquisition_window_term CHECK (opens_on <= closes_on),
      CONSTRAINT acquisition_window_overlap EXCLUDE USING gist (daterange(opens_on, closes_on, '[]') WITH &&),
      CHECK (planned_at IS NULL OR planning_started_at IS NOT NULL),
      CHECK (completed_at IS NULL OR planned_at IS NOT NULL)
    );
    -- UPDATE of completed_at also lets the register lock a window's row against its planning.
    GRANT SELECT, UPDATE (planning_started_at, planned_at, completed_at) ON consent.acquisition_window TO ${consentRole};

    -- [O-7] 2.1: offices named by a region as intermediaries for the persons in its care; one may serve several regions.
    CREATE TABLE consent.intermediary_office (
      code   text NOT NULL,
      region consent.region_code NOT NULL,
      kind   text NOT NULL CHECK (kind IN ('asl', 'usmaf_sasn')),
      name   text NOT NULL,
      PRIMARY KEY (code, region)
    );
    CREATE TABLE consent.office_operator (
      operator text NOT NULL,  -- codice fiscale
      office   text NOT NULL,
      PRIMARY KEY (operator, office)
    );
    GRANT SELECT ON consent.intermediary_office, consent.office_operator TO ${consentRole};

    -- [O-4] The register: rows are added and never changed. NON ESPRESSO is the absence of rows.
    CREATE TABLE consent.decision (
      id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      subject       text NOT NULL CHECK (length(subject) IN (11, 16)),
      ordinal       integer NOT NULL CHECK (ordinal > 0), -- first, second… decision of this subject: the last one counts
      value         text NOT NULL CHECK (value IN ('opposition', 'revocation')),
      decided_at    timestamptz(3) NOT NULL,
      entered_by    text NOT NULL, -- codice fiscale of the intermediary, or the subject
      entered_role  text NOT NULL,
      channel       text NOT NULL
                    CHECK (channel IN ('digital_identity', 'free_area_card', 'free_area_stp', 'operator')),
      office        text,
      category      smallint NOT NULL CHECK (category BETWEEN 1 AND 4), -- row of the table of chapter 6
      region        consent.region_code NOT NULL, -- of care at that moment, or of the last care
      window_id     bigint REFERENCES consent.acquisition_window, -- null: categories 3 and 4, after the window
      notice_acknowledged_at timestamptz(3) NOT NULL, -- [O-2]
      -- A decision based on a history that has changed meanwhile is refused here, and evaluated again.
      CONSTRAINT decision_ordinal UNIQUE (subject, ordinal),
      CONSTRAINT decision_entered_by CHECK ((channel = 'operator') = (office IS NOT NULL)
                                            AND (channel = 'operator' OR entered_by = subject)),
      CONSTRAINT decision_late CHECK ((window_id IS NULL) = (category IN (3, 4))),
      CONSTRAINT decision_late_opposition CHECK (window_id IS NOT NULL OR (value = 'opposition' AND channel = 'operator'))
    );
    GRANT SELECT, INSERT ON consent.decision TO ${consentRole};

    -- [N-2] Receivers, one per region, and their settings.
    CREATE TABLE consent.region (
      code            consent.region_code PRIMARY KEY,
      endpoint        text NOT NULL CHECK (endpoint LIKE 'https://%'),
      anchors         text NOT NULL, -- PEM
      concurrency     integer NOT NULL DEFAULT 4 CHECK (concurrency BETWEEN 1 AND 256),
      rate_per_second real CHECK (rate_per_second > 0), -- null: as fast as the concurrency gives
      patient_id_form text NOT NULL DEFAULT 'plain' CHECK (patient_id_form IN ('plain', 'cx')),
      sign            boolean NOT NULL DEFAULT false,
      paused_at       timestamptz(3),
      pause_reason    text CHECK (pause_reason IN ('operator', 'certificate')),
      CHECK ((paused_at IS NULL) = (pause_reason IS NULL))
    );
    -- The sender pauses a region whose certificate is not trusted.
    GRANT SELECT, UPDATE (paused_at, pause_reason) ON consent.region TO ${consentRole};

    -- [N-3] The outbox. One notification per decision, whoever queues it and however often.
    CREATE TABLE consent.notification (
      message_id       uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- fixed before the first attempt
      decision_id      bigint NOT NULL CONSTRAINT notification_decision UNIQUE REFERENCES consent.decision,
      subject          text NOT NULL,
      region           consent.region_code NOT NULL, -- that of care, when it was queued
      opposed_on       date NOT NULL,
      window_id        bigint, -- of the bulk; null: a late expression
      state            text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'parked', 'exhausted')),
      attempts         integer NOT NULL DEFAULT 0,
      next_attempt_at  timestamptz(3) NOT NULL,
      lease_token      uuid,
      lease_until      timestamptz(3),
      last_code        text,
      last_description text,
      created_at       timestamptz(3) NOT NULL,
      finished_at      timestamptz(3),
      CHECK ((state = 'queued') = (finished_at IS NULL)),
      CHECK (state = 'queued' OR lease_token IS NULL)
    ) WITH (fillfactor = 80); -- a claim then changes the row where it is
    CREATE INDEX notification_due ON consent.notification (region, next_attempt_at) WHERE state = 'queued';
    CREATE INDEX notification_stuck ON consent.notification (region, state) WHERE state IN ('parked', 'exhausted');
    GRANT SELECT, INSERT ON consent.notification TO ${consentRole};
    GRANT UPDATE (state, attempts, next_attempt_at, lease_token, lease_until, last_code, last_description, finished_at)
      ON consent.notification TO ${consentRole};

    -- [B-1] Whether past documents of opposed persons are refused: after the bulk's completion, or as set by the
    -- operator.
    CREATE TABLE consent.block_setting (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      mode     text NOT NULL CHECK (mode IN ('automatic', 'on', 'off')),
      set_at   timestamptz(3)
    );
    INSERT INTO consent.block_setting (mode) VALUES ('automatic');

    CREATE VIEW consent.block_state AS
      SELECT CASE mode WHEN 'on' THEN true WHEN 'off' THEN false
                       ELSE EXISTS (SELECT FROM consent.acquisition_window WHERE completed_at IS NOT NULL) END AS active
      FROM consent.block_setting;

    -- Persons whose last decision is an opposition. For one subject it takes two look-ups in decision_ordinal.
    CREATE VIEW consent.current_opposition AS
      SELECT d.subject, (d.decided_at AT TIME ZONE 'Europe/Rome')::date AS opposed_since
      FROM consent.decision d
      WHERE d.value = 'opposition'
        AND NOT EXISTS (SELECT FROM consent.decision later WHERE later.subject = d.subject AND later.ordinal > d.ordinal);

    GRANT SELECT ON consent.block_state, consent.current_opposition TO ${consentReaderRole}, ${consentRole};
    `,
  ),
  sqlMigration(
    'RetainConsent1790000000054',
    `
    -- [O-6] A separate role, so that register, planning and sender cannot delete. It sees only whose history has
    -- expired.
    GRANT USAGE ON SCHEMA consent TO ${consentRetentionRole};
    GRANT SELECT (id, subject, ordinal, decided_at, window_id), DELETE ON consent.decision TO ${consentRetentionRole};
    GRANT SELECT (decision_id, state), DELETE ON consent.notification TO ${consentRetentionRole};
    GRANT SELECT (id, completed_at) ON consent.acquisition_window TO ${consentRetentionRole};
    `,
  ),
  sqlMigration(
    'IndexRetries1790000000060',
    `
    -- Previously failed notifications get a share of each claim. A claim changes no indexed column, so it still updates
    -- the row in place.
    CREATE INDEX notification_again ON consent.notification (region, next_attempt_at)
      WHERE state = 'queued' AND last_code IS NOT NULL;
    `,
  ),
  sqlMigration(
    'CountWhenOver1790000000131',
    `
    -- [O-5] 4: new adults may act through every channel, within thirty days.
    ALTER TABLE consent.decision DROP CONSTRAINT decision_late_opposition;
    ALTER TABLE consent.decision ADD CONSTRAINT decision_late_opposition
      CHECK (window_id IS NOT NULL OR (value = 'opposition' AND (channel = 'operator' OR category = 4))) NOT VALID;

    -- [O-9] The planning of its bulk waits for an operator's release.
    ALTER TABLE consent.acquisition_window ADD COLUMN held_at timestamptz(3);

    -- [O-8] Whether the last decision in force is an opposition, for a person with all identifiers [G-5]. A decision of
    -- a window is in force from the day after the window's last day, a late one at once. A function, because the reader
    -- must not see the underlying rows.
    CREATE FUNCTION consent.is_opposed(identifiers text[], today date) RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT coalesce((
        SELECT d.value = 'opposition'
        FROM consent.decision d LEFT JOIN consent.acquisition_window w ON w.id = d.window_id
        WHERE d.subject = ANY (identifiers) AND (d.window_id IS NULL OR w.closes_on < today)
        ORDER BY d.decided_at DESC, d.id DESC LIMIT 1), false)
    $$;
    REVOKE ALL ON FUNCTION consent.is_opposed FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION consent.is_opposed TO ${consentReaderRole}, ${consentRole};
    `,
  ),
  sqlMigration(
    'ImportDecisions1790000000132',
    `
    -- [O-8] Imported decisions of the first term. What chapter 5 stores of them includes neither channel nor notice.
    -- Subject and instant identify a decision: importing it twice stores it once.
    ALTER TABLE consent.decision ADD COLUMN imported_at timestamptz(3);
    ALTER TABLE consent.decision ALTER COLUMN channel DROP NOT NULL, ALTER COLUMN notice_acknowledged_at DROP NOT NULL;
    ALTER TABLE consent.decision ADD CONSTRAINT decision_imported
      CHECK ((imported_at IS NULL AND channel IS NOT NULL AND notice_acknowledged_at IS NOT NULL)
             OR (imported_at IS NOT NULL AND channel IS NULL AND office IS NULL AND window_id IS NOT NULL)) NOT VALID;
    ALTER TABLE consent.decision DROP CONSTRAINT decision_entered_by;
    ALTER TABLE consent.decision ADD CONSTRAINT decision_entered_by
      CHECK (channel IS NULL OR ((channel = 'operator') = (office IS NOT NULL)
                                 AND (channel = 'operator' OR entered_by = subject))) NOT VALID;
    -- From here on the last decision is the one with the latest instant: an import adds earlier ones later.
    COMMENT ON COLUMN consent.decision.ordinal IS
      'settles races: whoever decides on a history that has changed is refused. The order is that of decided_at';
    `,
  ),
  sqlMigration(
    'JudgeRegionsAnswers1790000000150',
    `
    -- For a region that requests our certificate after the handshake only: possible in TLS 1.2, not for us in 1.3.
    ALTER TABLE consent.region
      ADD COLUMN tls_max text NOT NULL DEFAULT '1.3' CONSTRAINT region_tls_max CHECK (tls_max IN ('1.2', '1.3'));
    `,
  ),
  // [B-2] Last activity of each region, for the few regions that hold up the block.
  concurrentIndex(
    'IndexAnswers1790000000177',
    `CREATE INDEX CONCURRENTLY notification_answered ON consent.notification (region, finished_at)
       WHERE state IN ('sent', 'parked')`,
  ),
  concurrentIndex(
    'ImportDecisionsOnce1790000000178',
    `CREATE UNIQUE INDEX CONCURRENTLY decision_imported_once ON consent.decision (subject, decided_at)
       WHERE imported_at IS NOT NULL`,
  ),
  // Reserves a share of each claim for notifications never tried, however many are being retried.
  concurrentIndex(
    'IndexUntried1790000000151',
    `CREATE INDEX CONCURRENTLY notification_untried ON consent.notification (region, next_attempt_at)
       WHERE state = 'queued' AND last_code IS NULL`,
  ),
  // A separate migration: it reads every row, but locks none.
  sqlMigration(
    'CheckDecisions1790000000179',
    `
    ALTER TABLE consent.decision VALIDATE CONSTRAINT decision_late_opposition;
    ALTER TABLE consent.decision VALIDATE CONSTRAINT decision_imported;
    ALTER TABLE consent.decision VALIDATE CONSTRAINT decision_entered_by;
    `,
  ),
  sqlMigration(
    'DismissOperatorsOfNoOffice1790000000144',
    `
    -- [O-7] Operators of offices that no region authorises any more: they would return with the office.
    DELETE FROM consent.office_operator o
    WHERE NOT EXISTS (SELECT FROM consent.intermediary_office i WHERE i.code = o.office);
    `,
  ),
  // A finished notification stays finished, even for an intruder with the worker's login [N-3] [B-1].
  sqlMigration(
    'KeepWhatIsDone1790000000123',
    `
    CREATE FUNCTION consent.keep_what_is_done() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RAISE EXCEPTION 'what is done is not taken back: %', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER keep_sent BEFORE UPDATE OF state ON consent.notification FOR EACH ROW
      WHEN (OLD.state = 'sent' AND NEW.state <> 'sent') EXECUTE FUNCTION consent.keep_what_is_done('a notification sent');
    CREATE TRIGGER keep_planning BEFORE UPDATE OF planning_started_at, planned_at, completed_at ON consent.acquisition_window
      FOR EACH ROW WHEN ((OLD.planning_started_at IS NOT NULL AND NEW.planning_started_at IS NULL)
        OR (OLD.planned_at IS NOT NULL AND NEW.planned_at IS NULL) OR (OLD.completed_at IS NOT NULL AND NEW.completed_at IS NULL))
      EXECUTE FUNCTION consent.keep_what_is_done('the planning of a window');
    `,
  ),
  sqlMigration(
    'DecideOnce1790000000180',
    `
    -- consent.current_opposition is kept for this release: the previous gateway reads it until it is replaced. Our code
    -- does not, because it lists every opposed person, while the reader queries one at a time, by consent.is_opposed.
    -- To be dropped in the next release.
    GRANT SELECT ON consent.block_state TO ${consentReaderRole}, ${consentRole}; -- apart from the view that goes

    -- [O-8] The last decision in force of a person with all identifiers [G-5]. A decision of a window is in force from
    -- the day after the window's last day, a late one at once. No row: none. Callers must be able to read decisions.
    CREATE FUNCTION consent.last_counted(identifiers text[], today date)
      RETURNS TABLE (id bigint, value text, decided_at timestamptz) LANGUAGE sql STABLE AS $$
      SELECT d.id, d.value, d.decided_at
      FROM consent.decision d LEFT JOIN consent.acquisition_window w ON w.id = d.window_id
      WHERE d.subject = ANY (identifiers) AND (d.window_id IS NULL OR w.closes_on < today)
      ORDER BY d.decided_at DESC, d.id DESC LIMIT 1
    $$;
    REVOKE ALL ON FUNCTION consent.last_counted FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION consent.last_counted TO ${consentRole};

    CREATE OR REPLACE FUNCTION consent.is_opposed(identifiers text[], today date) RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT coalesce((SELECT last.value = 'opposition' FROM consent.last_counted(identifiers, today) last), false)
    $$;
    REVOKE ALL ON FUNCTION consent.is_opposed FROM ${consentRole};
    REVOKE ALL ON FUNCTION consent.keep_what_is_done FROM PUBLIC;
    `,
  ),
  sqlMigration(
    'WithdrawNotifications1790000000215',
    `
    -- [N-1] For an opposition superseded by a later decision: final, and not sent. One that was being sent keeps its
    -- lease, so that the sender can still record that the region accepted it.
    ALTER TABLE consent.notification DROP CONSTRAINT notification_state_check, DROP CONSTRAINT notification_check1;
    ALTER TABLE consent.notification
      ADD CONSTRAINT notification_state
        CHECK (state IN ('queued', 'sent', 'parked', 'exhausted', 'withdrawn')) NOT VALID,
      ADD CONSTRAINT notification_lease CHECK (state IN ('queued', 'withdrawn') OR lease_token IS NULL) NOT VALID;
    CREATE TRIGGER keep_withdrawn BEFORE UPDATE OF state ON consent.notification FOR EACH ROW
      WHEN (OLD.state = 'withdrawn' AND NEW.state NOT IN ('withdrawn', 'sent'))
      EXECUTE FUNCTION consent.keep_what_is_done('a notification withdrawn');
    `,
  ),
  // A separate migration: it reads every row, but locks none.
  sqlMigration(
    'CheckNotifications1790000000216',
    `
    ALTER TABLE consent.notification VALIDATE CONSTRAINT notification_state;
    ALTER TABLE consent.notification VALIDATE CONSTRAINT notification_lease;
    `,
  ),
  sqlMigration(
    'RememberWhatMayBeKnown1790000000220',
    `
    -- [O-9] After an attempt with unknown result: the region may know the person, whatever it answers to the next
    -- attempt.
    ALTER TABLE consent.notification ADD COLUMN may_be_known boolean NOT NULL DEFAULT false;
    GRANT UPDATE (may_be_known) ON consent.notification TO ${consentRole};
    `,
  ),
  // A separate migration: the sender keeps running. Only the end of the last of several attempts was stored.
  sqlMigration(
    'MarkWhatMayBeKnown1790000000221',
    `
    UPDATE consent.notification SET may_be_known = true
    WHERE state <> 'sent' AND last_code IN ('irraggiungibile', 'risposta-non-chiara');
    `,
  ),
  sqlMigration(
    'ShowNotice1790000000228',
    `
    -- [O-2] The privacy notice. A published text never changes: decisions refer to the acknowledged text. Decisions of
    -- former releases, and imported ones, have none.
    CREATE TABLE consent.notice (
      version      integer NOT NULL CONSTRAINT notice_version CHECK (version > 0),
      language     text NOT NULL CONSTRAINT notice_language CHECK (language ~ '^[a-z]{2}$'),
      text         text NOT NULL CONSTRAINT notice_text CHECK (text <> ''),
      published_at timestamptz(3) NOT NULL,
      PRIMARY KEY (version, language)
    );
    GRANT SELECT ON consent.notice TO ${consentRole};
    ALTER TABLE consent.decision ADD COLUMN notice_version integer, ADD COLUMN notice_language text;
    ALTER TABLE consent.decision ADD CONSTRAINT decision_notice
      FOREIGN KEY (notice_version, notice_language) REFERENCES consent.notice NOT VALID;

    -- [O-1] Guesses in the free area. They count by person and network, because there is no account.
    CREATE TABLE consent.free_area_attempt (
      claimed      bytea NOT NULL, -- SHA-256 of the identifier that was typed, whoever's it is; empty: of whomever
      origin       text NOT NULL,  -- network; *: all of them
      failures     integer NOT NULL,
      attempted_at timestamptz(3) NOT NULL,
      locked_until timestamptz(3),
      PRIMARY KEY (claimed, origin)
    );
    GRANT SELECT, INSERT, UPDATE, DELETE ON consent.free_area_attempt TO ${consentRole};
    GRANT SELECT, DELETE ON consent.free_area_attempt TO ${consentRetentionRole};
    `,
  ),
  // A separate migration: it reads every row, but locks none.
  sqlMigration('CheckNotices1790000000229', 'ALTER TABLE consent.decision VALIDATE CONSTRAINT decision_notice'),
  sqlMigration(
    'KnowVisits1790000000311',
    `
    -- Session of the portal in which it was expressed: together with notice_acknowledged_at it identifies a repeated
    -- confirmation, and in the free area it permits showing the receipt. Null: expressed elsewhere, or in a former
    -- release.
    ALTER TABLE consent.decision ADD COLUMN visit uuid;
    `,
  ),
  // [O-10] One acknowledgement is of one expression, under whatever identifier of the person [G-5].
  concurrentIndex(
    'ExpressOnce1790000000330',
    `CREATE UNIQUE INDEX CONCURRENTLY decision_acknowledged_once ON consent.decision (visit, notice_acknowledged_at)
       WHERE visit IS NOT NULL`,
  ),
  sqlMigration(
    'CountLookups1790000000325',
    `
    -- [O-7] Persons whom an operator has looked up without expressing anything: a count that fades, and the last of them.
    CREATE TABLE consent.operator_lookup (
      operator   text PRIMARY KEY, -- codice fiscale
      person     bytea NOT NULL CHECK (length(person) = 32), -- SHA-256 of the identifier
      lookups    double precision NOT NULL,
      counted_at timestamptz(3) NOT NULL
    );
    GRANT SELECT, INSERT, UPDATE ON consent.operator_lookup TO ${consentRole};
    GRANT SELECT, DELETE ON consent.operator_lookup TO ${consentRetentionRole};
    `,
  ),
  sqlMigration(
    'ForgetLookups1790000000333',
    `
    -- Without a term for decisions the worker's role deletes expired look-ups, as it does expired guesses.
    GRANT DELETE ON consent.operator_lookup TO ${consentRole};
    `,
  ),
  sqlMigration(
    'PortalRole1790000000331',
    `
    -- [O-4] What the portal's pages do, and nothing of sender or planning.
    GRANT USAGE ON SCHEMA consent TO ${consentPortalRole};
    GRANT SELECT ON consent.acquisition_window, consent.intermediary_office, consent.office_operator, consent.notice
      TO ${consentPortalRole};
    -- FOR SHARE needs UPDATE of some column: nothing reads this one but the list of windows.
    GRANT UPDATE (created_at) ON consent.acquisition_window TO ${consentPortalRole};
    GRANT SELECT (id, subject, ordinal, value, decided_at, entered_role, channel, category, notice_acknowledged_at,
      notice_version, visit) ON consent.decision TO ${consentPortalRole};
    GRANT INSERT (subject, ordinal, value, decided_at, entered_by, entered_role, channel, office, category, region,
      window_id, notice_acknowledged_at, notice_version, notice_language, visit) ON consent.decision TO ${consentPortalRole};
    GRANT SELECT (message_id, decision_id, region, state, finished_at) ON consent.notification TO ${consentPortalRole};
    GRANT INSERT (decision_id, subject, region, opposed_on, next_attempt_at, created_at) ON consent.notification
      TO ${consentPortalRole};
    GRANT UPDATE (state, finished_at) ON consent.notification TO ${consentPortalRole};
    GRANT SELECT, INSERT, UPDATE ON consent.free_area_attempt, consent.operator_lookup TO ${consentPortalRole};
    GRANT SELECT ON public.passerella_installation TO ${consentPortalRole};

    -- The only new state that the portal may give a notification.
    CREATE FUNCTION consent.refuse_portal() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RAISE EXCEPTION 'the portal only withdraws notifications' USING ERRCODE = 'insufficient_privilege';
    END $$;
    REVOKE ALL ON FUNCTION consent.refuse_portal FROM PUBLIC;
    CREATE TRIGGER portal_withdraws BEFORE UPDATE ON consent.notification FOR EACH ROW
      WHEN (NEW.state <> 'withdrawn' AND pg_has_role(current_user, '${consentPortalRole}', 'USAGE')
        AND NOT pg_has_role(current_user, '${consentRole}', 'USAGE'))
      EXECUTE FUNCTION consent.refuse_portal();
    `,
  ),
  consentLogWriterMigration('PortalWritesLog1790000000332', consentPortalRole),
  installationMigration('MarkInstallation1790000000181', [consentRole, consentReaderRole, consentRetentionRole]),
  consentLogMigration('CreateConsentLog1790000000191', [consentRole], [consentRetentionRole]),
  consentLogDatedMigration('DateByDatabase1790000000222', [consentRole], [consentRetentionRole]),
  ...consentLogSearchMigrations([consentRole]),
];
