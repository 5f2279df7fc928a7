/**
 * Attacks with valid credentials on data of others: lists, tests and transactions of other doctors, the other service,
 * repeated messages. They cancel whatever they submit, on days in the distant past.
 */
import { attack, fault, served } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { SOAP_11, envelope, goodMessage } from './messages.js';
import type { Seen, Target } from './target.js';

type Role = 'doctor' | 'secondDoctor' | 'substitute';
type Fields = Readonly<Record<string, string>>;

interface Person {
  readonly doctor: string;
  readonly titular: string;
}

export const tenantFamily: Family = {
  name: 'tenants',
  attacks(target) {
    const named = (role: Role) => target.identity(role).codiceFiscale;
    const as = (doctor: Role, titular: Role): Person => ({ doctor: named(doctor), titular: named(titular) });
    return [
      ...everywhere('another doctor’s name', refused('1002'), 'secondDoctor', as('doctor', 'secondDoctor')),
      ...everywhere('another doctor’s name and list', refused('1002'), 'secondDoctor', as('doctor', 'doctor')),
      ...everywhere('another titular', refused('1003'), 'secondDoctor', as('secondDoctor', 'doctor')),
      ...everywhere(
        'a substitute for another titular',
        refused('1003'),
        'substitute',
        as('substitute', 'secondDoctor'),
      ),
      ...everywhere('a substitute in his titular’s name', refused('1002'), 'substitute', as('doctor', 'doctor')),
      ...everywhere('a titular for his substitute', refused('1003'), 'doctor', as('doctor', 'substitute')),
      attack('another’s test: to see, cancel, enter again', outcomes(ANOTHERS), anothersTest),
      attack('a submission sent twice at once, its cancellation twice', outcomes(TWICE), twice),
      ...otherService(target),
    ];
  },
};

/** Refused, for this reason before all others, without revealing anything about the person. */
function refused(esito: string): Expectation {
  return {
    expected: `200 esito ${esito}, no data`,
    verdict(seen) {
      const said = outcomeOf(seen);
      if (seen.status !== 200 || said !== esito) return `${seen.status} ${said}`;
      return /<(?:assistito|testSierologico|codiceFiscale\w*)>/.exec(seen.text)?.[0];
    },
  };
}

/** The same attempt in each of the four operations. */
function everywhere(title: string, expectation: Expectation, role: Role, person: Person): Attack[] {
  const shapes: Readonly<Record<string, Fields>> = {
    scaricoElencoAssistiti: {},
    invioTestSierologico: { codiceFiscaleAssistito: 'RSSMRA80A01H501U', dataEsecuzioneTest: dayOf() },
    annullamentoTestSierologico: { codiceFiscaleAssistito: 'RSSMRA80A01H501U', identificativoTransazione: '1' },
    scaricoElencoTestSierologici: { dataInizioIntervallo: '2020-09-01', dataFineIntervallo: '2021-08-31' },
  };
  return Object.entries(shapes).map(([operation, fields]) =>
    attack(`${title}: ${operation}`, expectation, (at) => ask(at, role, operation, person, fields)),
  );
}

function ask(target: Target, role: Role, operation: string, { doctor, titular }: Person, fields: Fields) {
  const all = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: titular, ...fields };
  const inside = Object.entries(all).map(([name, value]) => `<t:${name}>${value}</t:${name}>`);
  const body = `<t:${operation}>${inside.join('')}</t:${operation}>`;
  return target.post(envelope(target, body), { card: target.cardOf(role) });
}

const outcomeOf = ({ text }: Seen): string => /<esito>(\d{4})</.exec(text)?.[1] ?? 'no outcome';
const transactionOf = ({ text }: Seen): string => /<identificativoTransazione>(\d+)</.exec(text)?.[1] ?? '0';
const personsOf = ({ text }: Seen): string[] =>
  [...text.matchAll(/<codiceFiscaleAssistito>([^<]+)</g)].flatMap(([, person]) => person ?? []);

/** A day at the campaign's beginning; another one each time, so that an interrupted run does not disturb later ones. */
function dayOf(): string {
  const days = Math.floor(Date.now() / 1000) % 1_000;
  return new Date(Date.UTC(2020, 8, 1) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The answers to the steps of a story, combined into one. */
function outcomes(expected: readonly string[]): Expectation {
  const wanted = expected.join(' ');
  return { expected: wanted, verdict: ({ text }) => (text === wanted ? undefined : text) };
}

const story = (steps: readonly string[]): Seen => ({ status: 200, text: steps.join(' '), closed: true });

const ANOTHERS = ['0000', '3001', '3001', '2004', '0', '0', '0000', '3001', '0000', '3002'];

/** A doctor's test, with its patient and transaction known to two others. */
async function anothersTest(target: Target): Promise<Seen> {
  const of = (doctor: Role, titular = doctor): Person => ({
    doctor: target.identity(doctor).codiceFiscale,
    titular: target.identity(titular).codiceFiscale,
  });
  const day = dayOf();
  const patient = personsOf(await ask(target, 'doctor', 'scaricoElencoAssistiti', of('doctor'), {})).at(-1) ?? '';
  const test = { codiceFiscaleAssistito: patient, dataEsecuzioneTest: day };
  const interval = { dataInizioIntervallo: day, dataFineIntervallo: day };
  const entered = await ask(target, 'doctor', 'invioTestSierologico', of('doctor'), test);
  const cancellation = { codiceFiscaleAssistito: patient, identificativoTransazione: transactionOf(entered) };
  const cancel = (role: Role, titular?: Role) =>
    ask(target, role, 'annullamentoTestSierologico', of(role, titular), cancellation);
  const seen = async (role: Role, titular?: Role) =>
    personsOf(await ask(target, role, 'scaricoElencoTestSierologici', of(role, titular), interval)).filter(
      (person) => person === patient,
    ).length;

  const steps = [outcomeOf(entered)];
  steps.push(outcomeOf(await cancel('secondDoctor')));
  steps.push(outcomeOf(await cancel('substitute', 'doctor')));
  steps.push(outcomeOf(await ask(target, 'secondDoctor', 'invioTestSierologico', of('secondDoctor'), test)));
  steps.push(String(await seen('secondDoctor')), String(await seen('substitute', 'doctor')));
  steps.push(outcomeOf(await cancel('doctor')));
  steps.push(outcomeOf(await cancel('substitute', 'doctor')));
  // Refused callers have changed nothing: it can be submitted again.
  const again = await ask(target, 'doctor', 'invioTestSierologico', of('doctor'), test);
  steps.push(outcomeOf(again));
  steps.push(outcomeOf(await cancel('doctor')));
  const last = { codiceFiscaleAssistito: patient, identificativoTransazione: transactionOf(again) };
  await ask(target, 'doctor', 'annullamentoTestSierologico', of('doctor'), last);
  return story(steps);
}

const TWICE = ['0000', '2005', '2005', 'one', '0000', '3002'];

async function twice(target: Target): Promise<Seen> {
  const { codiceFiscale } = target.identity('secondDoctor');
  const own = { doctor: codiceFiscale, titular: codiceFiscale };
  const call = (operation: string, fields: Fields) => ask(target, 'secondDoctor', operation, own, fields);
  const day = dayOf();
  const patient = personsOf(await call('scaricoElencoAssistiti', {})).at(-1) ?? '';
  const test = { codiceFiscaleAssistito: patient, dataEsecuzioneTest: day };
  const send = () => call('invioTestSierologico', test);
  const answers = [...(await Promise.all([send(), send()])), await send()];
  const done = answers.find((answer) => outcomeOf(answer) === '0000');
  const listed = personsOf(
    await call('scaricoElencoTestSierologici', { dataInizioIntervallo: day, dataFineIntervallo: day }),
  );
  const cancel = () =>
    call('annullamentoTestSierologico', {
      codiceFiscaleAssistito: patient,
      identificativoTransazione: done === undefined ? '1' : transactionOf(done),
    });
  const cancelled = await Promise.all([cancel(), cancel()]);
  return story([
    ...answers.map(outcomeOf).sort(),
    listed.filter((person) => person === patient).length === 1 ? 'one' : String(listed.length),
    ...cancelled.map(outcomeOf).sort(),
  ]);
}

/** A card is for doctors, a system's certificate for the systems that feed documents. */
function otherService({ metadata }: Target): Attack[] {
  if (metadata === undefined) return [];
  const { path, system } = metadata;
  const untrusted = fault('CERTIFICATO_NON_ATTENDIBILE');
  const asked =
    (person: string, prologue = '') =>
    (target: Target) =>
      target.post(prologue + question(person), { path, card: system });
  const good = asked('RSSMRA80A01H501U');
  return [
    attack('a system among the systems', served(), good),
    attack('a system’s certificate among the doctors', untrusted, (at) => at.post(goodMessage(at), { card: system })),
    attack('a card among the systems', untrusted, (at) =>
      at.post(question('RSSMRA80A01H501U'), { path, card: at.cardOf('doctor') }),
    ),
    attack('password and pincode among the systems', fault('AUTENTICAZIONE_ASSENTE'), (at) => {
      const { userId, password } = at.identity('doctor');
      return at.post(question('RSSMRA80A01H501U'), { path, basic: `${userId}:${password}` });
    }),
    attack('DOCTYPE among the systems', fault('DOCTYPE_NON_AMMESSO'), asked('x', '<!DOCTYPE a>')),
    attack('SQL among the systems', fault('MESSAGGIO_NON_VALIDO'), asked("' OR '1'='1")),
    attack('CDATA that holds XML among the systems', fault('MESSAGGIO_NON_VALIDO'), asked('<![CDATA[<x/>]]>')),
  ];
}

/** Whether a past report of this person may be fed. */
function question(person: string): string {
  const fields: Fields = {
    identificativoAssistito: person,
    dataProduzioneDocumento: '2019-03-01',
    tipoDocumento: 'REFERTO',
    statoCaricamento: 'PRIMO_CARICAMENTO',
  };
  const inside = Object.entries(fields).map(([name, value]) => `<t:${name}>${value}</t:${name}>`);
  return (
    `<s:Envelope xmlns:s="${SOAP_11}" xmlns:t="urn:passerella:comunicazionemetadati:v1:tipi"><s:Body>` +
    `<t:comunicazioneMetadati>${inside.join('')}</t:comunicazioneMetadati></s:Body></s:Envelope>`
  );
}
