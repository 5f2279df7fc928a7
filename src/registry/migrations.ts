/** Tables of the registry [G-1] [G-2]: what every operation is checked against. The gateway only reads them. */
import { sqlMigration } from '../platform/db/index.js';

export const registryMigrations = [
  sqlMigration(
    'CreateRegistry1790000000001',
    `
    CREATE SCHEMA registry;
    GRANT USAGE ON SCHEMA registry TO passerella_gateway;

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

    GRANT SELECT ON ALL TABLES IN SCHEMA registry TO passerella_gateway;
    `,
  ),
  // Its own schema, which nobody is granted: the import is the owner's affair, and its staging tables hold personal data.
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
];
