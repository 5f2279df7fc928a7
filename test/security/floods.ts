/**
 * `npm run floods [-- SECONDS [ONLY]]`: only the floods, this many seconds each, against a sandbox and a worker that it
 * starts itself; ONLY: those whose title contains this, such as `worker` or `slow bodies`.
 */
import pg from 'pg';
import { formerPair } from '../support/former-secrets.js';
import { runFloods } from './flood.js';
import { report } from './report.js';
import { startSandbox } from './sandbox.js';
import type { OwnSandbox } from './sandbox.js';

/** An account with the hashes of a former release: the most expensive one to guess at. */
const FORMER = 'UTENTE-DI-PRIMA';
/** log2 of the cost of a former release's scrypt. */
const FORMER_COST = 17;

async function addFormerAccount(sandbox: OwnSandbox): Promise<void> {
  const client = new pg.Client(sandbox.ownerUrl);
  await client.connect();
  try {
    const { passwordHash, pincodeHash } = formerPair('segreta', '0000000000', FORMER_COST);
    await client.query(
      `INSERT INTO auth.account (user_id, codice_fiscale, role, password_hash, pincode_hash, created_at)
       VALUES ($1, 'VRDLGU70A01H501F', 'doctor', $2, $3, now())`,
      [FORMER, passwordHash, pincodeHash],
    );
  } finally {
    await client.end();
  }
}

const [seconds = '3', only = ''] = process.argv.slice(2);
const sandbox = await startSandbox('warn');
try {
  await addFormerAccount(sandbox);
  const worker = await sandbox.startWorker();
  const results = await runFloods(sandbox.target, sandbox.pid, {
    seconds: Number(seconds),
    worker,
    portal: sandbox.target.portal,
    former: FORMER,
    only,
  });
  process.stdout.write(`${report(results)}\n`);
  // A filter without matches has shown nothing.
  process.exitCode = results.length > 0 && results.every(({ problem }) => problem === undefined) ? 0 : 1;
} finally {
  await sandbox.stop();
}
