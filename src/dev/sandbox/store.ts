/**
 * Inserts the synthetic registry into the database. Runs as the owner of the tables, which the gateway's role may not
 * write.
 */
import type { DataSource } from '../../platform/db/index.js';
import type { SyntheticRegistry } from './model.js';

/** Rows per statement: large enough to amortise round trips, small enough for constant memory. */
const BATCH = 10_000;

/** Column and PostgreSQL type → value of a row. */
type Columns<Row> = Readonly<Record<string, (row: Row) => string | null>>;

/**
 * Inserts everything in one transaction. A second call changes nothing: existing rows stay. Does not insert accounts.
 * @throws the database's error; nothing is inserted then
 */
export async function loadSyntheticRegistry(db: DataSource, data: SyntheticRegistry): Promise<void> {
  await db.transaction(async (transaction) => {
    await insert(transaction, 'INSERT INTO registry.region', data.regions, {
      'code text': (row) => row.code,
      'name text': (row) => row.name,
    });
    await insert(transaction, 'INSERT INTO registry.asl', data.asls, {
      'code text': (row) => row.code,
      'region_code text': (row) => row.regionCode,
      'name text': (row) => row.name,
    });
    await insert(transaction, 'INSERT INTO registry.province', data.provinces, {
      'code text': (row) => row.code,
      'region_code text': (row) => row.regionCode,
      'name text': (row) => row.name,
    });
    await insert(transaction, 'INSERT INTO registry.municipality', data.municipalities, {
      'code text': (row) => row.code,
      'name text': (row) => row.name,
      'province_code text': (row) => row.provinceCode,
      'asl_code text': (row) => row.aslCode,
    });
    await insert(transaction, 'INSERT INTO registry.doctor', data.doctors, {
      'codice_fiscale text': (row) => row.codiceFiscale,
      'surname text': (row) => row.surname,
      'given_name text': (row) => row.givenName,
      'asl_code text': (row) => row.aslCode,
    });
    await insert(transaction, 'INSERT INTO registry.person', data.persons, {
      'identifier text': (row) => row.identifier,
      'surname text': (row) => row.surname,
      'given_name text': (row) => row.givenName,
      'birth_date date': (row) => row.birthDate,
      'region_code text': (row) => row.regionCode,
      'asl_code text': (row) => row.aslCode,
      'doctor text': (row) => row.doctor,
      'status text': (row) => row.status,
      'care_since date': (row) => row.careSince,
      'card_number text': (row) => row.cardNumber,
      'card_expiry date': (row) => row.cardExpiry,
      'stp_region text': (row) => row.stpRegion,
      'stp_issued_on date': (row) => row.stpIssuedOn,
      'updated_on date': (row) => row.updatedOn,
    });
    await insert(transaction, 'INSERT INTO roster.listed_person', data.listedPersons, {
      'person text': (row) => row.person,
      'listed_on date': (row) => row.listedOn,
    });
  });
}

/** Table and column names are literals of this file, never data. */
async function insert<Row>(
  transaction: DataSource['manager'],
  into: string,
  rows: readonly Row[],
  columns: Columns<Row>,
): Promise<void> {
  const names = Object.keys(columns).map((column) => column.split(' ')[0]);
  const arrays = Object.keys(columns).map((column, index) => `$${index + 1}::${column.split(' ')[1] ?? 'text'}[]`);
  const sql = `${into} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')}) ON CONFLICT DO NOTHING`;
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    await transaction.query(
      sql,
      Object.values(columns).map((valueOf) => batch.map(valueOf)),
    );
  }
}
