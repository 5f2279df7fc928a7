/** School staff matched with a person in care. Which doctor's list shows a person is the registry's to say. */
import { sqlMigration } from '../platform/db/index.js';

export const rosterMigrations = [
  sqlMigration(
    'CreateRoster1790000000002',
    `
    CREATE SCHEMA roster;
    GRANT USAGE ON SCHEMA roster TO passerella_gateway;

    CREATE TABLE roster.listed_person (
      person    text PRIMARY KEY REFERENCES registry.person,
      listed_on date NOT NULL
    );
    GRANT SELECT ON roster.listed_person TO passerella_gateway;
    `,
  ),
];
