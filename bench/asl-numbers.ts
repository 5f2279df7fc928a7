/**
 * The numbers per doctor of the largest ASL, as its operators request them, on the registry and roster left by an
 * intake.
 */
import { addAccount } from '../src/auth/account-store.js';
import { aslTies, createAslService } from '../src/asl/index.js';
import { createAccessLog } from '../src/audit/index.js';
import type { AdmittedAccess } from '../src/auth/index.js';
import { openDatabase, portalRole } from '../src/platform/db/index.js';
import type { DataSource } from '../src/platform/db/index.js';
import { createLogger } from '../src/platform/log.js';
import { callBy } from '../test/support/calls.js';
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import { median } from './variant.js';

/** Seconds that the operator may wait. */
const MOST_S = 2;
const ROUNDS = 5;
const OPERATOR = { userId: 'BENCHASL', codiceFiscale: 'PROVAX00X00X100Y' };

export async function measureAslNumbers(url: string, date: string): Promise<Compared> {
  const open = (role?: string): Promise<DataSource> =>
    openDatabase({
      ...{ url, ...(role && { role }), entities: [], poolSize: 1, plansOnce: true, statementTimeoutMs: 60_000 },
      ...{ applicationName: 'bench', log: createLogger('warn') },
    });
  const [owner, portal] = await Promise.all([open(), open(portalRole)]);
  try {
    const now = new Date();
    const [largest] = await owner.query<{ asl: string; persons: number }[]>(
      `SELECT d.asl_code AS asl, count(*)::integer AS persons
       FROM registry.person p JOIN registry.doctor d ON d.codice_fiscale = p.doctor
       WHERE p.status = 'in_care' GROUP BY 1 ORDER BY 2 DESC LIMIT 1`,
    );
    if (largest === undefined) throw new Error('nobody has a doctor');
    await addAccount(owner, { ...OPERATOR, role: 'asl_operator', secretHash: '-', createdAt: now });
    await aslTies(owner).assignAsl(OPERATOR.userId, largest.asl, {} as AdmittedAccess);
    const clock = { now: () => now };
    const service = createAslService({
      db: portal,
      accessLog: createAccessLog(portal),
      clock,
      campaignStart: '2020-08-24',
    });
    const capacity = { role: 'asl_operator' } as const;
    const caller = { kind: 'account', ...OPERATOR, capacity, method: 'password' } as const;
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      const { numbers = [] } = await service.doctorNumbers(callBy(caller, now));
      seconds.push((performance.now() - began) / 1000);
      if (!numbers.some(({ persons }) => persons > 0)) throw new Error('the ASL has no numbers');
    }
    const name = `numbers per doctor of an ASL with ${largest.persons} persons : ${MOST_S} s`;
    return compared(name, median(seconds) ?? Number.NaN, MOST_S, 's', date, { most: 1 });
  } finally {
    await Promise.all([owner.destroy(), portal.destroy()]);
  }
}
