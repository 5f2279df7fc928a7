/** Tables of the registry [G-1] [G-2], against which every operation is checked. The gateway only reads them. */
import { concurrentIndex, sqlMigration } from '../platform/db/index.js';

export const registryMigrations = [
  sqlMigration(
    'CreateRegistry1790000000001',
    `
    CREATE SCHEMA registry;
    GRANT USAGE ON SCHEMA registry TO passerella_gateway, passerella_worker;

    CREATE TABLE registry.region (
      code text PRIMARY KEY CHECK (code ~ '^[0-9]{3}$'),
      name text NOT NULL
    );
    CREATE TABLE registry.asl (
      code        text PRIMARY KEY CHECK (code ~ '^[0-9]{6}$'), -- region (3) + ASL (3)
      region_code text NOT NULL REFERENCES registry.region,
      name        text NOT NULL,
      CHECK (left(code, 3) = region_code)
    );
    CREATE TABLE registry.province (
      code        text PRIMARY KEY CHECK (code ~ '^[A-Z]{2}$'),
      region_code text NOT NULL REFERENCES registry.region,
      name        text NOT NULL
    );
    CREATE TABLE registry.municipality (
      code          text PRIMARY KEY CHECK (code ~ '^[A-Z][0-9]{3}$'), -- codice catastale
      name          text NOT NULL,
      province_code text NOT NULL REFERENCES registry.province,
      asl_code      text NOT NULL REFERENCES registry.asl
    );

    CREATE TABLE registry.doctor (
      codice_fiscale text PRIMARY KEY,
      surname        text NOT NULL,
      given_name     text NOT NULL,
      asl_code       text NOT NULL REFERENCES registry.asl
    );

    -- Person in care (assistito) [G-1]. identifier: codice fiscale (16, or 11 digits when provisional) or STP code.
    CREATE TABLE registry.person (
      identifier  text PRIMARY KEY CHECK (length(identifier) IN (11, 16)),
      surname     text NOT NULL,
      given_name  text NOT NULL,
      birth_date  date NOT NULL,
      region_code text NOT NULL REFERENCES registry.region,
      asl_code    text NOT NULL REFERENCES registry.asl,
      doctor      text REFERENCES registry.doctor,
      status      text NOT NULL CHECK (status IN ('in_care', 'deceased', 'emigrated', 'ended')),
      care_since  date NOT NULL,   -- date care was (re)activated
      card_number text CHECK (card_number ~ '^[0-9]{20}$'),
      card_expiry date,
      stp_region  text REFERENCES registry.region,
      stp_issued_on date,
      updated_on  date NOT NULL    -- the last day on which anything of this row changed
    );
    CREATE INDEX person_doctor ON registry.person (doctor) WHERE doctor IS NOT NULL;

    GRANT SELECT ON registry.region, registry.asl, registry.province, registry.municipality, registry.doctor, registry.person
      TO passerella_gateway, passerella_worker;
    `,
  ),
  // A separate schema without grants: only the owner imports, and the staging tables hold personal data.
  sqlMigration(
    'CreateRegistryImport1790000000010',
    `
    CREATE SCHEMA registry_import;

    -- [G-3] one row per file ever imported: the same bytes twice are one import.
    CREATE TABLE registry_import.run (
      id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      kind         text NOT NULL,
      sha256       text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'), -- of the file as it lies on the disk
      accepted     bigint NOT NULL DEFAULT 0,  -- lines in order
      rejected     bigint NOT NULL DEFAULT 0,  -- lines in the reject report
      merged_pages bigint NOT NULL DEFAULT 0,  -- pages of the staging table already merged: where to resume
      inserted     bigint NOT NULL DEFAULT 0,
      changed      bigint NOT NULL DEFAULT 0,
      started_at   timestamptz NOT NULL,
      finished_at  timestamptz,
      UNIQUE (kind, sha256)
    );
    `,
  ),
  sqlMigration(
    'CreateProvinceAsl1790000000022',
    `
    -- [G-2] 2.4.2: a province counts for the ASL with most of its municipalities; among equals, for the one with the
    -- lowest code. is_shared: other ASLs have some too, so the attribution is an approximation.
    CREATE VIEW registry.province_asl AS
      SELECT DISTINCT ON (m.province_code) m.province_code, m.asl_code, a.region_code, m.asls > 1 AS is_shared
      FROM (SELECT province_code, asl_code, count(*) AS municipalities, count(*) OVER (PARTITION BY province_code) AS asls
            FROM registry.municipality GROUP BY province_code, asl_code) m
        JOIN registry.asl a ON a.code = m.asl_code
      ORDER BY m.province_code, m.municipalities DESC, m.asl_code;
    GRANT SELECT ON registry.province_asl TO passerella_gateway, passerella_worker;
    `,
  ),
  sqlMigration(
    'RetainImports1790000000053',
    `
    GRANT USAGE ON SCHEMA registry_import TO passerella_worker;
    GRANT SELECT, DELETE ON registry_import.run TO passerella_worker;

    -- [S-5] Staging tables contain personal data and belong to the owner, who alone may drop them: drops those of
    -- imports started before a day and never ended, up to a maximum.
    CREATE FUNCTION registry_import.drop_staging(first_day_kept date, max_tables integer) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
    DECLARE
      abandoned bigint;
      dropped integer := 0;
    BEGIN
      FOR abandoned IN
        SELECT id FROM registry_import.run
        WHERE finished_at IS NULL AND started_at < (first_day_kept::timestamp AT TIME ZONE 'Europe/Rome')
          AND to_regclass('registry_import.staging_' || id) IS NOT NULL
        ORDER BY id LIMIT max_tables
      LOOP
        EXECUTE format('DROP TABLE registry_import.%I', 'staging_' || abandoned);
        dropped := dropped + 1;
      END LOOP;
      RETURN dropped;
    END $$;
    REVOKE ALL ON FUNCTION registry_import.drop_staging FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION registry_import.drop_staging TO passerella_worker;
    `,
  ),
  sqlMigration(
    'TellTiesOfProvinces1790000000140',
    `
    -- 2.4.2 does not state which of several ASLs with equally many municipalities counts: the one with the lowest code
    -- does, and is_tied reports this to readers of the result.
    CREATE OR REPLACE VIEW registry.province_asl AS
      SELECT DISTINCT ON (m.province_code) m.province_code, m.asl_code, a.region_code, m.asls > 1 AS is_shared,
             count(*) OVER (PARTITION BY m.province_code, m.municipalities) > 1 AS is_tied
      FROM (SELECT province_code, asl_code, count(*) AS municipalities, count(*) OVER (PARTITION BY province_code) AS asls
            FROM registry.municipality GROUP BY province_code, asl_code) m
        JOIN registry.asl a ON a.code = m.asl_code
      ORDER BY m.province_code, m.municipalities DESC, m.asl_code;
    `,
  ),
  // The column is optional in files of persons: an installation without such a list needs no change.
  sqlMigration(
    'AddSasn1790000000061',
    `
    -- Seafarers and airmen in the care of the ministry's service (SASN), which has a separate FSE. Their region and ASL
    -- remain those of their residence.
    ALTER TABLE registry.person ADD COLUMN sasn boolean NOT NULL DEFAULT false;
    `,
  ),
  // The import already rejects them: this covers every other way of writing. Exported lists use field separators.
  sqlMigration(
    'NamesWithoutControlCharacters1790000000062',
    `
    ALTER TABLE registry.person ADD CONSTRAINT person_names_printable
      CHECK (surname || given_name !~ '[\\u0001-\\u001f\\u007f-\\u009f]');
    `,
  ),
  sqlMigration(
    'FormerIdentifiers1790000000130',
    `
    -- [G-5] Former identifiers of a person: an STP code, a codice fiscale issued again. One row each, always referring
    -- to the present one: whatever their order, the trigger keeps chains flat and lets an identifier become present
    -- again.
    CREATE TABLE registry.former_identifier (
      former  text PRIMARY KEY CHECK (length(former) IN (11, 16)),
      current text NOT NULL REFERENCES registry.person ON DELETE CASCADE,
      CHECK (former <> current)
    );
    CREATE INDEX former_identifier_current ON registry.former_identifier (current);

    CREATE FUNCTION registry.keep_former_identifiers_flat() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE successor text;
    BEGIN
      SELECT current INTO successor FROM registry.former_identifier WHERE former = NEW.current;
      IF successor = NEW.former THEN
        DELETE FROM registry.former_identifier WHERE former = NEW.current;
      ELSIF successor IS NOT NULL THEN
        NEW.current := successor;
      END IF;
      UPDATE registry.former_identifier SET current = NEW.current WHERE current = NEW.former;
      RETURN NEW;
    END $$;
    CREATE TRIGGER keep_flat BEFORE INSERT OR UPDATE OF current ON registry.former_identifier
      FOR EACH ROW EXECUTE FUNCTION registry.keep_former_identifiers_flat();
    REVOKE ALL ON FUNCTION registry.keep_former_identifiers_flat FROM PUBLIC;

    GRANT SELECT ON registry.former_identifier TO passerella_gateway, passerella_worker;
    `,
  ),
  // Two migrations, so that no lock is held while the table is read: a constraint that is not yet validated applies to
  // new rows.
  sqlMigration(
    'NamesFitTheContract1790000000161',
    `
    ALTER TABLE registry.person ADD CONSTRAINT person_names_fit CHECK (
      char_length(surname) BETWEEN 1 AND 100 AND char_length(given_name) BETWEEN 1 AND 100
      AND surname || given_name !~ '[\\uFFFE\\uFFFF]') NOT VALID;
    `,
  ),
  sqlMigration(
    'ValidateNames1790000000162',
    `
    -- A name longer than the contract allows makes a doctor's whole list invalid: names accepted by earlier imports are
    -- cut. '-' replaces the name of persons with only one.
    UPDATE registry.person
    SET surname = coalesce(nullif(rtrim(left(surname, 100)), ''), '-'),
        given_name = coalesce(nullif(rtrim(left(given_name, 100)), ''), '-')
    WHERE greatest(char_length(surname), char_length(given_name)) > 100 OR surname = '' OR given_name = '';
    ALTER TABLE registry.person VALIDATE CONSTRAINT person_names_fit;
    `,
  ),
  sqlMigration(
    'RetainPersons1790000000145',
    `
    -- [S-5] Who may be removed from the registry: persons not in care, without references. Persons with other
    -- identifiers stay: these lead to the opposition [G-5]. Each reference is looked up by key: a join would read all
    -- tests for every batch.
    CREATE VIEW registry.ended_person AS
      SELECT p.identifier, p.updated_on
      FROM registry.person p
      WHERE p.status <> 'in_care'
        AND (SELECT true FROM screening.test_submission s WHERE s.person = p.identifier LIMIT 1) IS NULL
        AND (SELECT true FROM roster.listed_person l WHERE l.person = p.identifier LIMIT 1) IS NULL
        AND (SELECT true FROM registry.former_identifier f WHERE f.current = p.identifier LIMIT 1) IS NULL;
    GRANT SELECT ON registry.ended_person TO passerella_worker;

    -- DELETE is granted to no role: a role that may call this can delete only persons who have not been in care for a
    -- year at least, by the database's own clock.
    CREATE FUNCTION registry.purge_ended(first_day_kept date, max_rows integer) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE deleted bigint;
    BEGIN
      IF first_day_kept > ((now() AT TIME ZONE 'Europe/Rome')::date - interval '12 months')::date + 1 THEN
        RAISE EXCEPTION 'persons are kept for twelve months at least' USING ERRCODE = 'insufficient_privilege';
      END IF;
      DELETE FROM registry.person WHERE identifier = ANY (ARRAY(
        SELECT e.identifier FROM registry.ended_person e WHERE e.updated_on < first_day_kept LIMIT max_rows FOR UPDATE));
      GET DIAGNOSTICS deleted = ROW_COUNT;
      RETURN deleted;
    END $$;
    REVOKE ALL ON FUNCTION registry.purge_ended FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION registry.purge_ended TO passerella_worker;
    `,
  ),
  concurrentIndex(
    'IndexEnded1790000000175',
    `CREATE INDEX CONCURRENTLY person_ended ON registry.person (updated_on) WHERE status <> 'in_care'`,
  ),
  sqlMigration(
    'GuardStaging1790000000185',
    `
    -- Whatever day the worker passes: an import started within a month, by the database's own clock, may still be
    -- resumed.
    CREATE OR REPLACE FUNCTION registry_import.drop_staging(first_day_kept date, max_tables integer) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
    DECLARE
      abandoned bigint;
      dropped integer := 0;
    BEGIN
      IF first_day_kept > ((now() AT TIME ZONE 'Europe/Rome')::date - interval '1 month')::date + 1 THEN
        RAISE EXCEPTION 'what an import has read is kept for a month' USING ERRCODE = 'insufficient_privilege';
      END IF;
      FOR abandoned IN
        SELECT id FROM registry_import.run
        WHERE finished_at IS NULL AND started_at < (first_day_kept::timestamp AT TIME ZONE 'Europe/Rome')
          AND to_regclass('registry_import.staging_' || id) IS NOT NULL
        ORDER BY id LIMIT max_tables
      LOOP
        EXECUTE format('DROP TABLE registry_import.%I', 'staging_' || abandoned);
        dropped := dropped + 1;
      END LOOP;
      RETURN dropped;
    END $$;
    `,
  ),
  sqlMigration(
    'CountFormerIdentifiers1790000000217',
    `
    -- The effect of an import on former identifiers [G-5]; the previous release leaves both at 0.
    ALTER TABLE registry_import.run
      ADD COLUMN former_added bigint NOT NULL DEFAULT 0,
      ADD COLUMN former_moved bigint NOT NULL DEFAULT 0;
    `,
  ),
  sqlMigration(
    'PortalRights1790000000241',
    `
    GRANT USAGE ON SCHEMA registry TO passerella_portal;
    GRANT SELECT ON registry.asl, registry.doctor TO passerella_portal;
    GRANT SELECT (identifier, given_name, surname, doctor, status, updated_on) ON registry.person TO passerella_portal;
    `,
  ),
  sqlMigration(
    'OppositionRights1790000000312',
    `
    -- [O-1] Whether a person has a document with these data. The portal calls it, and cannot read the number of any
    -- card.
    CREATE FUNCTION registry.holds_card(holder text, number text, expiry date) RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT EXISTS (SELECT FROM registry.person p
                     WHERE p.identifier = holder AND p.card_number = number AND p.card_expiry = expiry) $$;
    CREATE FUNCTION registry.holds_stp(code text, region text, issued_on date) RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT EXISTS (SELECT FROM registry.person p
                     WHERE p.identifier = code AND p.stp_region = region AND p.stp_issued_on = issued_on) $$;
    REVOKE ALL ON FUNCTION registry.holds_card, registry.holds_stp FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION registry.holds_card TO passerella_portal;
    GRANT EXECUTE ON FUNCTION registry.holds_stp TO passerella_portal;
    GRANT EXECUTE ON FUNCTION registry.holds_card TO passerella_gateway;
    GRANT EXECUTE ON FUNCTION registry.holds_stp TO passerella_gateway;
    -- The ANA data of a person who expresses an opposition.
    GRANT SELECT (region_code, asl_code, sasn, care_since, birth_date) ON registry.person TO passerella_portal;
    GRANT SELECT ON registry.former_identifier TO passerella_portal;
    `,
  ),
];
