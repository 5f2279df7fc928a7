/**
 * The whole gateway over mutual TLS with its real database, and pgbench on the same server: submission, lists, sign-ins
 * with remembered password. Holds the requests, not the expected figures.
 */
import { patientsOf } from '../test/crash/load.js';
import { sandboxProcess } from '../test/crash/sandbox-process.js';
import type { Sandbox, SandboxIdentity, SandboxProcess } from '../test/crash/sandbox-process.js';
import { cardOf, envelope, passwordOf } from '../test/crash/soap-client.js';
import { pin } from './cores.js';
import { CONNECTIONS, generate } from './generate.js';
import type { Job } from './job.js';
import { DAY_MARK, PERSON_MARK, PGBENCH_DOCTOR, addPgbenchDoctor, needPgbench, pgbench } from './pgbench.js';
import { plainSubmission } from './plain-submission.js';
import { patientListStatement, signInStatement, submissionStatement } from './statements.js';
import type { Sample, Variant } from './variant.js';

export const GATEWAY = {
  submission: 'gateway, submission',
  list50: 'gateway, list of 50',
  list1500: 'gateway, list of 1 500',
  password: 'gateway, list of 50 with password and pincode, remembered',
  newConnection: 'gateway, submission on a new connection each',
} as const;
export const PGBENCH = {
  submission: 'pgbench, sign-in look-up and submission',
  plain: 'pgbench, one plain single-row submission',
  list50: 'pgbench, sign-in look-up and list of 50',
  list1500: 'pgbench, sign-in look-up and list of 1 500',
} as const;

type Message = Job['messages'][number];

export interface GatewayBench {
  readonly process: SandboxProcess;
  readonly facts: Sandbox;
  readonly pid: number;
  identity(role: string): SandboxIdentity;
  /** Submissions and lists of 50 in turn. @param requests in all @returns resident memory, MB, over time */
  endure(requests: number): Promise<{ sample: Sample; resident: readonly number[] }>;
  readonly variants: readonly Variant[];
  stop(): Promise<void>;
}

/** @param nodeOptions for the gateway's process, for instance a profiler */
export async function startGatewayBench(nodeOptions: readonly string[]): Promise<GatewayBench> {
  await needPgbench();
  const process = await sandboxProcess('bench');
  try {
    // The first start generates keys and people, which takes memory that a gateway never needs: the second start is
    // measured.
    await process.start();
    await process.stop();
    const facts = await process.start(nodeOptions);
    const pid = process.pid();
    if (pid === undefined) throw new Error('the sandbox does not run');
    pin(pid, 'server'); // its database was started earlier and runs on all cores
    return await prepare(process, facts, pid);
  } catch (error) {
    await process.remove();
    throw error;
  }
}

async function prepare(process: SandboxProcess, facts: Sandbox, pid: number): Promise<GatewayBench> {
  const identity = (role: string): SandboxIdentity => {
    const found = facts.identities.find((candidate) => candidate.role === role);
    if (found === undefined) throw new Error(`the sandbox has no ${role}`);
    return found;
  };
  const [doctor, second] = [identity('doctor'), identity('secondDoctor')];
  const persons = await patientsOf(facts, doctor);
  const ownerUrl = await process.ownerUrl();
  const peer = pgbench(ownerUrl, CONNECTIONS, await addPgbenchDoctor(ownerUrl, doctor.codiceFiscale));
  let firstPair = 0;

  const submission = (): Message => ({
    kind: 'submission',
    namespace: facts.namespace,
    doctor: doctor.codiceFiscale,
    persons,
    firstPair,
  });
  const list = ({ codiceFiscale }: SandboxIdentity, header = ''): Message => {
    const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
    return { kind: 'constant', body: envelope(facts.namespace, 'scaricoElencoAssistiti', fields, header) };
  };
  const load = async (job: Pick<Job, 'messages'> & Partial<Job>) => {
    const outcome = await generate({ url: facts.soap.endpoint, watched: pid, ...job });
    firstPair += outcome.pairs;
    return { ...outcome, resident: Math.max(...outcome.resident), all: outcome.resident };
  };
  const card = cardOf(doctor);
  const password = passwordOf(facts, second);
  const look = await signInStatement(PGBENCH_DOCTOR);
  const submit = await submissionStatement(PGBENCH_DOCTOR, PERSON_MARK, DAY_MARK);
  const plain = plainSubmission(PGBENCH_DOCTOR, PERSON_MARK, DAY_MARK);

  const variants: Variant[] = [
    { name: GATEWAY.submission, measure: (seconds) => load({ messages: [submission()], card, seconds }) },
    { name: PGBENCH.submission, measure: (seconds) => peer.measure([look, submit], seconds) },
    { name: PGBENCH.plain, measure: (seconds) => peer.measure([plain], seconds) },
    { name: GATEWAY.list50, measure: (seconds) => load({ messages: [list(second)], card: cardOf(second), seconds }) },
    { name: PGBENCH.list50, measure: listPeer(second) },
    {
      name: GATEWAY.password,
      measure: (seconds) =>
        load({ messages: [list(second, password.block)], headers: { Authorization: password.authorization }, seconds }),
    },
    { name: GATEWAY.list1500, measure: (seconds) => load({ messages: [list(doctor)], card, seconds }) },
    { name: PGBENCH.list1500, measure: listPeer(doctor) },
    {
      name: GATEWAY.newConnection,
      measure: (seconds) => load({ messages: [submission()], card, newConnections: true, seconds }),
    },
  ];

  function listPeer({ codiceFiscale }: SandboxIdentity): Variant['measure'] {
    return async (seconds) =>
      peer.measure([await signInStatement(codiceFiscale), await patientListStatement(codiceFiscale)], seconds);
  }

  return {
    process,
    facts,
    pid,
    identity,
    variants,
    async endure(requests) {
      const card = cardOf(second);
      const persons = await patientsOf(facts, second);
      const submissions = { ...submission(), doctor: second.codiceFiscale, persons, firstPair: 0 };
      const { all, ...sample } = await load({ messages: [submissions, list(second)], card, amount: requests });
      return { sample, resident: all };
    },
    async stop() {
      await process.stop();
      await process.remove();
    },
  };
}
