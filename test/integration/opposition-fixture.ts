/**
 * The base of the opposition's tests: a consent database and a TS database of their own, a movable clock, and persons
 * by formula. Everything runs as production's role; `owner` arranges and inspects.
 */
import { romeDate } from '../../src/platform/clock.js';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { consentRole, createOppositionService, createPlanning } from '../../src/opposition/index.js';
import type {
  Channel,
  DecisionValue,
  Expressed,
  Expression,
  OnProgress,
  OppositionRefusal,
  OppositionService,
  Planning,
} from '../../src/opposition/index.js';
import { RegistryAnaLookup } from '../../src/registry/index.js';
import type { AnaLookup } from '../../src/registry/index.js';
import { migrateConsent, openConsentDatabase } from '../../src/roles/consent.js';
import type { Call, Caller, MachineOperator, OperationName } from '../../src/auth/index.js';
import { OUTCOMES } from '../../src/dev/docs/events.js';
import { callBy } from '../support/calls.js';
import { createTestDatabase } from '../support/database.js';
import { codiceFiscale, fillReferences } from './registry-fixture.js';

const log = createLogger('silent');

const machine = { databaseLogin: 'login', systemUser: 'user' };
const operatorAt = (at: Date) => callBy({ kind: 'operator', method: 'admin', machine } as const, at);

/** ASL office 120201, authorised by Lazio and Lombardia, and its operator; 030321 is authorised by no region. */
export const office = '120201';
export const operator = codiceFiscale(500_001);

export interface PersonOf {
  readonly status?: 'in_care' | 'deceased' | 'emigrated' | 'ended';
  readonly region?: '120' | '030';
  readonly since?: string;
  readonly birthDate?: string;
  readonly sasn?: boolean;
}

type Planned =
  | { kind: 'refused'; reason: string | undefined }
  | { kind: 'planned'; queued: number; notInCare: number; withdrawn: number };

interface ShortPlanning {
  plan(window: string, onProgress?: OnProgress): Promise<Planned>;
  withdraw(): Promise<number>;
  foresee(window: string): Promise<object>;
}

function inShort(planning: Planning, call: () => Call): ShortPlanning {
  return {
    async plan(window, onProgress) {
      const outcome = await planning.plan(call(), { window, onProgress });
      const { refusals, queued = 0, notInCare = 0, withdrawn = 0 } = outcome;
      return refusals.length > 0
        ? { kind: 'refused', reason: refusals[0] }
        : { kind: 'planned', queued, notInCare, withdrawn };
    },
    withdraw: async () => (await planning.withdraw(call(), {})).withdrawn ?? 0,
    async foresee(window) {
      const { refusals, wouldQueue, wouldWithdraw } = await planning.foresee(call(), { window });
      return refusals.length > 0
        ? { kind: 'refused', reason: refusals[0] }
        : { kind: 'foreseen', wouldQueue, wouldWithdraw };
    },
  };
}

export interface OppositionPlace {
  /** Consent database, as the role of register and worker. */
  readonly db: DataSource;
  /** Consent database as its owner. */
  readonly owner: DataSource;
  readonly ownerUrl: string;
  readonly registryUrl: string;
  /** TS database as its owner. */
  readonly registry: DataSource;
  readonly ana: AnaLookup;
  readonly operations: OppositionService;
  /** Shorthand for the same. */
  readonly service: ShortService;
  /** As the operator of the machine. */
  readonly planning: ShortPlanning;
  readonly clock: { now(): Date; set(now: string): void };
  /** A call of the operator of the machine, at the clock's instant. */
  call(): Call<MachineOperator>;
  /** Adds persons to the registry; resolves to their identifiers. */
  persons(count: number, person?: PersonOf): Promise<string[]>;
  /** Adds a window; resolves to its id. */
  window(opensOn: string, closesOn: string): Promise<string>;
  /** An opposition entered by the person, notice acknowledged, with changes. */
  expression(subject: string, changes?: Partial<ShortExpression>): ShortExpression;
  close(): Promise<void>;
}

export const byOperator = { channel: 'operator', enteredBy: operator, office } as const;

/** Published in every fixture. */
export const notice = { version: 1, language: 'it' } as const;

/** An expression and its caller. */
export interface ShortExpression {
  readonly subject: string;
  readonly value: DecisionValue;
  readonly channel: Channel;
  readonly enteredBy: string;
  readonly office?: string | undefined;
  readonly notice: Expression['notice'];
}
type ShortOutcome =
  | { kind: 'refused'; reason: OppositionRefusal | undefined }
  | {
      kind: 'recorded';
      category: Expressed['category'] | undefined;
      decisionId: string | undefined;
      messageId: string | undefined;
      earlier: Expressed['earlier'];
    };
interface ShortService {
  express(expression: ShortExpression): Promise<ShortOutcome>;
}

export function callerOf({ subject, channel, enteredBy, office }: Omit<ShortExpression, 'value' | 'notice'>): Caller {
  switch (channel) {
    case 'operator': {
      const capacity = { role: 'intermediary', office, region: undefined } as const;
      return { kind: 'account', userId: 'operator', codiceFiscale: enteredBy, capacity, method: 'card' };
    }
    case 'digital_identity':
      return { kind: 'citizen', codiceFiscale: enteredBy, method: 'spid' };
    case 'free_area_card':
      return { kind: 'free_area', subject, method: 'health-card' };
    case 'free_area_stp':
      return { kind: 'free_area', subject, method: 'stp' };
  }
}

async function express(service: OppositionService, expression: ShortExpression, at: Date): Promise<ShortOutcome> {
  const { subject, value, notice: acknowledged } = expression;
  const outcome = await service.express(callBy(callerOf(expression), at), { subject, value, notice: acknowledged });
  const { refusals, category, decisionId, messageId, earlier } = outcome;
  if (refusals.length > 0) return { kind: 'refused', reason: refusals[0] };
  return { kind: 'recorded', category, decisionId, messageId, earlier };
}

export async function oppositionPlace(now: string): Promise<OppositionPlace> {
  const [consentDatabase, tsDatabase] = [await createTestDatabase('empty'), await createTestDatabase()];
  await migrateConsent(consentDatabase.ownerUrl, log);
  const limits = { poolSize: 8, statementTimeoutMs: 30_000, applicationName: 'test' };
  const owner = await openConsentDatabase({ url: consentDatabase.ownerUrl, ...limits }, log);
  const db = await openConsentDatabase({ url: consentDatabase.ownerUrl, role: consentRole, ...limits }, log);
  const registry = await openDatabase({ url: tsDatabase.ownerUrl, entities: [], log, ...limits });
  const gateway = await openDatabase({ url: tsDatabase.ownerUrl, role: runtimeRole, entities: [], log, ...limits });
  await fillReferences(registry);
  await owner.query(`INSERT INTO consent.intermediary_office VALUES
    ('${office}', '120', 'asl', 'Roma 1'), ('${office}', '030', 'asl', 'Roma 1')`);
  await registry.query(
    `INSERT INTO auth.account (user_id, codice_fiscale, role, secret_hash, created_at)
     VALUES ('OPERATOR', $1, 'intermediary', 'none', now())`,
    [operator],
  );
  await owner.query(`INSERT INTO consent.notice VALUES (1, 'it', 'Informativa di prova', now())`);
  await owner.query('INSERT INTO consent.office_operator VALUES ($1, $2)', [operator, office]);

  let present = new Date(now);
  const clock = { now: () => present, set: (other: string) => void (present = new Date(other)) };
  const ana = new RegistryAnaLookup(gateway);
  let made = 0;
  const operations = createOppositionService({ tables: db, ana, clock });
  return {
    ...{ db, owner, ownerUrl: consentDatabase.ownerUrl, registryUrl: tsDatabase.ownerUrl, registry, ana, clock },
    operations,
    service: { express: (expression) => express(operations, expression, present) },
    planning: inShort(createPlanning(db, ana, clock), () => operatorAt(present)),
    call: () => operatorAt(present),
    async persons(
      count,
      { status = 'in_care', region = '120', since = '1990-01-01', birthDate = '1970-05-05', sasn = false } = {},
    ) {
      const identifiers = Array.from({ length: count }, () => codiceFiscale(10_000 + made++));
      await registry.query(
        `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since, updated_on, sasn)
         SELECT identifier, 'ROSSI', 'ANNA', $2::date, $3, CASE $3 WHEN '120' THEN '120201' ELSE '030321' END, $4, $5::date, $6::date, $7
         FROM unnest($1::text[]) AS identifier`,
        [identifiers, birthDate, region, status, since, romeDate(present), sasn],
      );
      return identifiers;
    },
    async window(opensOn, closesOn) {
      const [row] = await owner.query<[{ id: string }]>(
        `INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at) VALUES ($1, $2, $3) RETURNING id`,
        [opensOn, closesOn, present],
      );
      return row.id;
    },
    expression: (subject, changes = {}) => ({
      ...{ subject, value: 'opposition', channel: 'digital_identity', enteredBy: subject },
      notice: { ...notice, at: present },
      ...changes,
    }),
    async close() {
      for (const opened of [db, owner, registry, gateway]) await opened.destroy();
      await consentDatabase.drop();
      await tsDatabase.drop();
    },
  };
}

/** Operations and outcomes in the register's log that docs/events.md lacks. */
export async function uncatalogued(db: DataSource): Promise<object[]> {
  const rows = await db.query<{ operation: OperationName; outcome: string }[]>(
    'SELECT DISTINCT operation, outcome FROM audit.access_log',
  );
  return rows.filter(({ operation, outcome }) => !OUTCOMES[operation].includes(outcome));
}
