/**
 * Sign-ins with password and pincode that the gateway does not remember: each costs a hash. Before every request the
 * account's version is raised, as by a change of password, which invalidates the remembered credentials.
 */
import type { Sandbox, SandboxIdentity } from '../test/crash/sandbox-process.js';
import { envelope, passwordOf, soapClient, textsOf } from '../test/crash/soap-client.js';
import { asOwner } from './pgbench.js';
import { median } from './variant.js';
import type { Sample, Variant } from './variant.js';

export const COLD = 'gateway, list of 50 or fewer with password and pincode, not remembered';

/** Concurrent doctors: twice as many as the gateway hashes at a time, fewer than may wait from one address. */
const ROLES = ['secondDoctor', 'substitute', 'coded', 'expired'];

export function coldSignIn(facts: Sandbox, ownerUrl: string): Variant {
  return { name: COLD, measure: (seconds) => measure(facts, ownerUrl, seconds) };
}

async function measure(facts: Sandbox, ownerUrl: string, seconds: number): Promise<Sample> {
  const latencies: number[] = [];
  const began = performance.now();
  const until = began + seconds * 1000;
  const lane = (identity: SandboxIdentity): Promise<void> =>
    asOwner(ownerUrl, async (database) => {
      const { authorization, block } = passwordOf(facts, identity);
      const client = soapClient(facts, { headers: { Authorization: authorization } });
      const { codiceFiscale } = identity;
      const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
      const body = envelope(facts.namespace, 'scaricoElencoAssistiti', fields, block);
      while (performance.now() < until) {
        await database.query(
          'UPDATE auth.account SET credential_version = credential_version + 1 WHERE codice_fiscale = $1',
          [codiceFiscale],
        );
        const sent = performance.now();
        const { text } = await client.post(body);
        if (textsOf(text, 'esito')[0] !== '0000') throw new Error(`a sign-in was refused: ${text.slice(0, 500)}`);
        latencies.push(performance.now() - sent);
      }
      client.close();
    });
  await Promise.all(facts.identities.filter(({ role }) => ROLES.includes(role)).map(lane));
  latencies.sort((one, other) => one - other);
  return {
    perSecond: (latencies.length * 1000) / (performance.now() - began),
    p50: median(latencies),
    p99: latencies[Math.floor(latencies.length * 0.99)],
  };
}
