/** School staff matched with persons in care. The registry decides which doctor's list contains a person. */
import { concurrentIndex, sqlMigration } from '../platform/db/index.js';

/**
 * Advisory lock of `listed_person.doctor`: held alone while persons are listed, shared while their doctors change. Whoever
 * comes second waits for the other's commit and then sees it. Any number will do.
 */
export const DOCTORS_LOCK = 7_277_115_015;

export const rosterMigrations = [
  sqlMigration(
    'CreateRoster1790000000002',
    `
    CREATE SCHEMA roster;
    GRANT USAGE ON SCHEMA roster TO passerella_gateway, passerella_worker;

    CREATE TABLE roster.listed_person (
      person    text PRIMARY KEY REFERENCES registry.person,
      listed_on date NOT NULL
    );
    GRANT SELECT ON roster.listed_person TO passerella_gateway, passerella_worker;
    `,
  ),
  // The rows of a file have no permanent table: they are in a temporary one of the transaction that publishes.
  sqlMigration(
    'CreateIntake1790000000021',
    `
    -- [R-6] one row per file: the same bytes twice are one intake.
    CREATE TABLE roster.intake (
      id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      layout       text NOT NULL CHECK (layout IN ('statali', 'paritarie', 'trento_bolzano')), -- 2.4.1, 2.4.2, 2.4.3
      sha256       text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'), -- of the file as it was delivered
      file_name    text NOT NULL,
      state        text NOT NULL CHECK (state IN ('running', 'published', 'refused')),
      refusal      text,                        -- why the file as a whole was refused
      read_bytes   bigint NOT NULL DEFAULT 0,   -- progress, of total_bytes
      total_bytes  bigint NOT NULL,
      accepted     integer NOT NULL DEFAULT 0,  -- lines in order
      rejected     integer NOT NULL DEFAULT 0,  -- lines in the reject report
      validated    integer NOT NULL DEFAULT 0,  -- codici fiscali that exist in the registry; of paritarie (2.4.2) the staff
      not_in_care  integer NOT NULL DEFAULT 0,  -- of the validated: deceased, emigrated, no longer in care
      newly_listed integer NOT NULL DEFAULT 0,  -- persons that this file put on the doctors' lists
      started_at   timestamptz(3) NOT NULL,
      published_at timestamptz(3),
      CHECK ((state = 'published') = (published_at IS NOT NULL)),
      CHECK ((state = 'refused') = (refusal IS NOT NULL))
    );

    -- The aggregates for the Commissioner (2.4.1-2.4.3): without persons.
    CREATE TABLE roster.result (
      intake_id      bigint NOT NULL REFERENCES roster.intake ON DELETE CASCADE,
      region_code    text NOT NULL,
      asl_code       text NOT NULL,
      with_doctor    integer NOT NULL,  -- state schools
      without_doctor integer NOT NULL,  -- state schools
      paritarie      integer NOT NULL,
      attributed     boolean NOT NULL,  -- holds a province that other ASLs share: the footnote of 2.4.2
      PRIMARY KEY (intake_id, region_code, asl_code)
    );

    -- [R-6] rejected lines. Of values only the shape.
    CREATE TABLE roster.reject (
      intake_id   bigint NOT NULL REFERENCES roster.intake ON DELETE CASCADE,
      line        bigint NOT NULL,
      column_name text NOT NULL,
      reason      text NOT NULL,
      value       text NOT NULL
    );
    CREATE INDEX reject_intake ON roster.reject (intake_id, line);

    GRANT SELECT, INSERT, UPDATE, DELETE ON roster.intake TO passerella_worker;
    GRANT SELECT, INSERT, DELETE ON roster.result, roster.reject, roster.listed_person TO passerella_worker;
    -- [A-2] The ASLs receive the aggregates of persons without a doctor (4.4.1, Decision).
    GRANT SELECT ON roster.result TO passerella_gateway;
    GRANT SELECT (id, layout, published_at) ON roster.intake TO passerella_gateway;
    `,
  ),
  sqlMigration(
    'TellTiesOfResults1790000000141',
    `
    -- Contains a province of which several ASLs have equally many municipalities: the lowest code decided the
    -- attribution of 2.4.2.
    ALTER TABLE roster.result ADD COLUMN tied boolean NOT NULL DEFAULT false;
    `,
  ),
  sqlMigration(
    'KeepKitFigures1790000000142',
    `
    -- [C-1] [R-7] kits of persons whose term on the lists has ended, by ASL of the doctor: numbers only.
    CREATE TABLE roster.past_kits (
      asl_code text NOT NULL REFERENCES registry.asl,
      left_on  date NOT NULL,
      kits     bigint NOT NULL,
      PRIMARY KEY (asl_code, left_on)
    );
    GRANT SELECT, INSERT, UPDATE, DELETE ON roster.past_kits TO passerella_worker;
    `,
  ),
  sqlMigration(
    'ReplaceIntakes1790000000143',
    `
    -- [R-9] A file is in force until another one replaces it, or it is withdrawn. Its bytes belong to one intake at a
    -- time: when a file is taken in again the new intake has its fingerprint, and the former one has none any more.
    ALTER TABLE roster.intake ALTER COLUMN sha256 DROP NOT NULL;
    ALTER TABLE roster.intake ADD COLUMN replaced_by bigint REFERENCES roster.intake ON DELETE SET NULL;
    ALTER TABLE roster.intake ADD COLUMN ended_at timestamptz(3);           -- replaced or withdrawn
    ALTER TABLE roster.intake ADD COLUMN delisted integer NOT NULL DEFAULT 0; -- persons off the lists since it replaced others
    ALTER TABLE roster.intake DROP CONSTRAINT intake_state_check;
    ALTER TABLE roster.intake DROP CONSTRAINT intake_check;
    ALTER TABLE roster.intake ADD CONSTRAINT intake_state
      CHECK (state IN ('running', 'published', 'refused', 'replaced', 'withdrawn'));
    ALTER TABLE roster.intake ADD CONSTRAINT intake_published
      CHECK ((state IN ('published', 'replaced', 'withdrawn')) = (published_at IS NOT NULL));
    ALTER TABLE roster.intake ADD CONSTRAINT intake_ended
      CHECK ((state IN ('replaced', 'withdrawn')) = (ended_at IS NOT NULL));

    -- The files that list a person: a person in no file in force is removed. Contains only listed persons; those from
    -- former releases are in no known file.
    CREATE TABLE roster.listing (
      intake_id bigint NOT NULL REFERENCES roster.intake ON DELETE CASCADE,
      person    text NOT NULL REFERENCES roster.listed_person ON DELETE CASCADE,
      PRIMARY KEY (intake_id, person)
    );
    CREATE INDEX listing_person ON roster.listing (person);
    GRANT SELECT, INSERT, DELETE ON roster.listing TO passerella_worker;
    GRANT SELECT (state) ON roster.intake TO passerella_gateway; -- an ASL receives figures of the files that stand
    `,
  ),
  sqlMigration(
    'NameUploaders1790000000230',
    `
    ALTER TABLE roster.intake ADD COLUMN uploaded_by text; -- [R-5] user id; null: by the exchange folder or a command
    `,
  ),
  sqlMigration(
    'PortalRights1790000000242',
    `
    GRANT USAGE ON SCHEMA roster TO passerella_portal;
    GRANT SELECT ON roster.listed_person TO passerella_portal;
    `,
  ),
  sqlMigration(
    'AslPortalRights1790000000247',
    `
    -- An ASL receives the figures of the files in force [A-2].
    GRANT SELECT ON roster.result TO passerella_portal;
    GRANT SELECT (id, layout, published_at, state) ON roster.intake TO passerella_portal;
    `,
  ),
  sqlMigration(
    'ListDoctors1790000000270',
    `
    -- [A-2] The doctor whose list contains the person; null: none. The registry decides it (decision 0099): these two
    -- triggers follow it, so that an ASL's numbers are counted without reading each of its persons.
    ALTER TABLE roster.listed_person ADD COLUMN doctor text;

    CREATE FUNCTION roster.find_doctor() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(${DOCTORS_LOCK});
      NEW.doctor := (SELECT p.doctor FROM registry.person p WHERE p.identifier = NEW.person AND p.status = 'in_care');
      RETURN NEW;
    END $$;
    -- If the statement names no doctor: e.g. an intake of the previous release.
    CREATE TRIGGER find_doctor BEFORE INSERT ON roster.listed_person FOR EACH ROW WHEN (NEW.doctor IS NULL)
      EXECUTE FUNCTION roster.find_doctor();
    REVOKE ALL ON FUNCTION roster.find_doctor FROM PUBLIC;

    CREATE FUNCTION roster.follow_doctor() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${DOCTORS_LOCK});
      UPDATE roster.listed_person SET doctor = CASE WHEN NEW.status = 'in_care' THEN NEW.doctor END
      WHERE person = NEW.identifier;
      RETURN NULL;
    END $$;
    CREATE TRIGGER follow_doctor AFTER UPDATE OF doctor, status ON registry.person FOR EACH ROW
      WHEN (OLD.doctor IS DISTINCT FROM NEW.doctor OR OLD.status IS DISTINCT FROM NEW.status)
      EXECUTE FUNCTION roster.follow_doctor();
    REVOKE ALL ON FUNCTION roster.follow_doctor FROM PUBLIC;
    `,
  ),
  // Apart from the one before: its locks would keep the lists from being read meanwhile.
  sqlMigration(
    'FillDoctors1790000000271',
    `
    SELECT pg_advisory_xact_lock(${DOCTORS_LOCK});
    UPDATE roster.listed_person l SET doctor = p.doctor
    FROM registry.person p
    WHERE p.identifier = l.person AND p.status = 'in_care' AND p.doctor IS NOT NULL AND l.doctor IS NULL;
    `,
  ),
  concurrentIndex(
    'IndexListedDoctors1790000000272',
    'CREATE INDEX CONCURRENTLY listed_person_doctor ON roster.listed_person (doctor)',
  ),
];
