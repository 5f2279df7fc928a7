/**
 * The four operations, a refusal and a fault with `strong-soap`; a list and a fault in SOAP 1.2. One line per check;
 * the exit code shows whether all passed.
 */
import { isDeepStrictEqual } from 'node:util';
import { connect, connectWithCard, connectWithPassword, serviceError } from './client.mjs';

const PERSON = 'codiceFiscaleAssistito';
const DAY_OF_TEST = 'dataEsecuzioneTest';
let failed = 0;

function setting(name) {
  const value = process.env[`TS_${name}`];
  if (value === undefined) throw new Error(`TS_${name} is not set`);
  return value;
}

function check(name, got, expected) {
  if (isDeepStrictEqual(got, expected)) {
    console.log(`ok - strong-soap ${name}`);
    return;
  }
  failed++;
  console.log(`not ok - strong-soap ${name}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

/** A repeated element as a list: strong-soap returns a single one as itself, none as nothing. */
const rows = (list, name) => [list?.[name] ?? []].flat();
const details = (answer) =>
  rows(answer.dettagli, 'dettaglio').map((d) => [d.codice, d.campo, d.identificativoTransazione]);

async function converse(method, { call }, doctor, patients, names) {
  const who = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: doctor };
  const day = setting('DAY');

  const listed = await call('scaricoElencoAssistiti', who);
  const found = rows(listed.listaAssistiti, 'assistito');
  check(`${method}: patient list`, [listed.esito, found.length], ['0000', patients]);
  check(
    `${method}: names that are not ASCII`,
    found
      .filter(({ codiceFiscaleAssistito }) => names.includes(codiceFiscaleAssistito))
      .map((a) => `${a.codiceFiscaleAssistito} ${a.cognomeAssistito} ${a.nomeAssistito}`)
      .sort(),
    names.split('\n'),
  );
  const chosen = found[Number(setting('PATIENT'))];
  const patient = chosen.codiceFiscaleAssistito;
  check(`${method}: dates are AAAA-MM-GG`, /^\d{4}-\d{2}-\d{2}$/.test(chosen.dataUltimoAggiornamento), true);

  const test = { ...who, codiceFiscaleAssistito: patient, dataEsecuzioneTest: day };
  const sent = await call('invioTestSierologico', test);
  const submission = sent.identificativoTransazione;
  check(`${method}: submission`, [sent.esito, submission > 0], ['0000', true]);

  const again = await call('invioTestSierologico', test);
  check(
    `${method}: a duplicate's refusal tells the original transaction`,
    [again.esito, details(again)],
    ['2005', [['2005', DAY_OF_TEST, submission]]],
  );

  const interval = { ...who, dataInizioIntervallo: day, dataFineIntervallo: day };
  const tests = await call('scaricoElencoTestSierologici', interval);
  check(
    `${method}: test list`,
    rows(tests.listaTestSierologici, 'testSierologico').map((row) => [
      row.codiceFiscaleAssistito,
      row.dataEsecuzioneTest,
      row.identificativoTransazioneComunicazione,
    ]),
    [[patient, day, submission]],
  );

  const cancellation = { ...who, codiceFiscaleAssistito: patient, identificativoTransazione: submission };
  check(`${method}: cancellation`, (await call('annullamentoTestSierologico', cancellation)).esito, '0000');

  const empty = await call('scaricoElencoTestSierologici', interval);
  check(`${method}: empty test list`, [empty.esito, rows(empty.listaTestSierologici, 'testSierologico')], ['0000', []]);

  const mistyped = patient.slice(0, -1) + (patient.endsWith('A') ? 'B' : 'A');
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const refused = await call('invioTestSierologico', {
    ...who,
    codiceFiscaleAssistito: mistyped,
    dataEsecuzioneTest: inTwoDays,
  });
  check(
    `${method}: a refusal tells all reasons with their fields`,
    [refused.esito, details(refused)],
    [
      '2001',
      [
        ['2001', PERSON, undefined],
        ['2002', DAY_OF_TEST, undefined],
        ['2004', PERSON, undefined],
      ],
    ],
  );

  const error = await errorOf(call, { ...who, codiceFiscaleMedicoTitolare: doctor.toLowerCase() });
  check(
    `${method}: fault with typed detail`,
    [error.codice, error.campo, Number(error.riga) > 0, error.idRichiesta.length],
    ['MESSAGGIO_NON_VALIDO', 'codiceFiscaleMedicoTitolare', true, 36],
  );
}

async function errorOf(call, who) {
  try {
    await call('scaricoElencoAssistiti', who);
  } catch (rejection) {
    const error = serviceError(rejection);
    if (error === undefined) throw rejection;
    return error;
  }
  throw new Error('an answer where a fault was expected');
}

async function speakSoap12({ client, call }, doctor, patients) {
  const who = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: doctor };
  const listed = await call('scaricoElencoAssistiti', who);
  check('SOAP 1.2: patient list', [listed.esito, rows(listed.listaAssistiti, 'assistito').length], ['0000', patients]);
  const error = await errorOf(call, { ...who, codiceFiscaleMedicoTitolare: doctor.toLowerCase() });
  check(
    'SOAP 1.2: fault with typed detail',
    [client.lastResponseHeaders?.['content-type'], error.codice, error.campo],
    ['application/soap+xml; charset=utf-8', 'MESSAGGIO_NON_VALIDO', 'codiceFiscaleMedicoTitolare'],
  );
}

const [wsdl, ca] = [setting('WSDL'), setting('CA')];
const warned = [];
console.warn = console.error = (...words) => warned.push(words.join(' '));
process.on('warning', ({ message }) => warned.push(message));
const described = (await connect(wsdl, ca)).describe();
check(
  'import of the WSDL without a warning',
  [warned, Object.keys(described.TestSierologici?.TestSierologiciPort ?? {}).length],
  [[], 4],
);

const withCard = await connectWithCard(wsdl, ca, setting('CARD_CERTIFICATE'), setting('CARD_KEY'));
await converse('card', withCard, setting('CARD_DOCTOR'), Number(setting('CARD_PATIENTS')), setting('CARD_NAMES'));

const signIn = [setting('USER'), setting('PASSWORD'), setting('PINCODE'), setting('PINCODE_CERTIFICATE')];
const [doctor, patients] = [setting('USER_DOCTOR'), Number(setting('USER_PATIENTS'))];
const withPassword = await connectWithPassword(wsdl, ca, ...signIn);
await converse('password', withPassword, doctor, patients, setting('USER_NAMES'));

withPassword.client.clearSoapHeaders();
const error = await errorOf(withPassword.call, { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: doctor });
check('password: fault without pincode', [error.codice, error.campo], ['PINCODE_ASSENTE', undefined]);

await speakSoap12(await connectWithPassword(wsdl, ca, ...signIn, { forceSoapVersion: '1.2' }), doctor, patients);
process.exit(failed === 0 ? 0 : 1);
