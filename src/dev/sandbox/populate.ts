/**
 * Fills an empty database with the synthetic registry, its accounts and one substitution; does not change a filled one.
 */
import { addAccount } from '../../auth/account-store.js';
import { hashSecrets } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { addDays, romeDate } from '../../platform/clock.js';
import type { DataSource } from '../../platform/db/index.js';
import { addSubstitution } from '../../screening/substitution-store.js';
import { loadSyntheticRegistry } from './people.js';
import type { SyntheticRegistry } from './people.js';

/** The database holds data that the sandbox did not make. */
export class ForeignDatabaseError extends Error {}

const SUBSTITUTION_DAYS = 30;

/**
 * Called before a database is marked as a sandbox's: a foreign database must not become one.
 * @throws ForeignDatabaseError when it holds data that are not the sandbox's people
 */
export async function refuseForeign(db: DataSource, data: SyntheticRegistry): Promise<void> {
  const [found] = await db.query<{ filled: boolean; ours: boolean }[]>(
    `SELECT EXISTS (SELECT FROM registry.person) OR EXISTS (SELECT FROM registry.doctor)
              OR EXISTS (SELECT FROM auth.account) OR EXISTS (SELECT FROM audit.access_log) AS filled,
            EXISTS (SELECT FROM registry.person WHERE identifier = $1) AS ours`,
    [data.persons[0]?.identifier],
  );
  if (found?.filled === true && !found.ours) {
    throw new ForeignDatabaseError(
      'the database holds data that the sandbox did not make: give it an empty one, or run the gateway role',
    );
  }
}

/** @param hash hash function of passwords and pincodes */
export async function populate(
  db: DataSource,
  data: SyntheticRegistry,
  clock: Clock,
  hash: (password: string, pincode: string) => Promise<string> = hashSecrets,
): Promise<void> {
  const [found] = await db.query<{ persons: boolean }[]>('SELECT EXISTS (SELECT FROM registry.person) AS persons');
  if (found?.persons !== true) await loadSyntheticRegistry(db, data);
  await addAccounts(db, data, clock, hash);
  await nameSubstitute(db, data, clock);
}

async function addAccounts(
  db: DataSource,
  data: SyntheticRegistry,
  clock: Clock,
  hash: (password: string, pincode: string) => Promise<string>,
): Promise<void> {
  const present = await db.query<{ user_id: string }[]>('SELECT user_id FROM auth.account');
  const known = new Set(present.map((row) => row.user_id));
  const missing = data.accounts.filter((account) => !known.has(account.userId));
  // Hashes first, then statements: the authentication of a new connection uses the same threads, and takes too long
  // behind a queue of hashes.
  for (const { userId, codiceFiscale, role, asl, password, pincode } of missing) {
    const secretHash = await hash(password, pincode);
    await addAccount(db, { userId, codiceFiscale, role, secretHash, createdAt: clock.now() });
    if (asl !== undefined)
      await db.query('INSERT INTO asl.operator (user_id, asl_code) VALUES ($1, $2)', [userId, asl]);
  }
}

/** The substitute may act for the doctor on the day of each start. */
async function nameSubstitute(db: DataSource, { identities }: SyntheticRegistry, clock: Clock): Promise<void> {
  const now = clock.now();
  const today = romeDate(now);
  const titular = identities.doctor.codiceFiscale;
  const substitute = identities.substitute.codiceFiscale;
  const present = await db.query<unknown[]>(
    `SELECT FROM screening.substitution
     WHERE titular = $1 AND substitute = $2 AND $3::date BETWEEN valid_from AND valid_to AND revoked_at IS NULL`,
    [titular, substitute, today],
  );
  if (present.length > 0) return;
  await addSubstitution(db, { titular, substitute, from: today, to: addDays(today, SUBSTITUTION_DAYS) }, now);
}

/** The people who are announced get mail, at an address by which their role is known: `doctor@sandbox.example`. */
export async function addAddresses(
  db: DataSource,
  { identities, aslOperator, accounts }: SyntheticRegistry,
): Promise<void> {
  for (const [role, { codiceFiscale }] of Object.entries({ ...identities, aslOperator })) {
    const account = accounts.find((one) => one.codiceFiscale === codiceFiscale);
    if (account === undefined) continue;
    await db.query('INSERT INTO auth.email (user_id, address) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      account.userId,
      `${role}@sandbox.example`,
    ]);
  }
}
