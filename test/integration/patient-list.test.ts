/** [T-10] 3.4.1: the patient list, through real TLS, with card and with password and pincode. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { escapeText } from '../../src/platform/soap/escape.js';
import { startTestGateway, textOf, textsOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

const fields = (doctor: string, titular = doctor) => ({
  codiceFiscaleMedico: doctor,
  codiceFiscaleMedicoTitolare: titular,
});

test('a doctor lists his 1 500 patients with his card', async () => {
  const { codiceFiscale } = gateway.account('doctor');
  const reply = await gateway.call('scaricoElencoAssistiti', fields(codiceFiscale), gateway.card('doctor'));
  expect(reply.status).toBe(200);
  expect(textOf(reply, 'esito')).toBe('0000');
  expect(textsOf(reply, 'codiceFiscaleAssistito')).toHaveLength(1_500);
});

test('a doctor lists his 50 patients with password and pincode', async () => {
  const { codiceFiscale, pincode } = gateway.account('secondDoctor');
  const header = gateway.pinCode(pincode);
  const reply = await gateway.call(
    'scaricoElencoAssistiti',
    fields(codiceFiscale),
    gateway.basic('secondDoctor'),
    header,
  );
  expect(reply.status).toBe(200);
  expect(textsOf(reply, 'codiceFiscaleAssistito')).toHaveLength(50);
});

test('names arrive unchanged, whatever they contain, ordered by surname', async () => {
  const { codiceFiscale } = gateway.account('secondDoctor');
  const names = [
    ['A\'Àç"\\', '<ß&>'],
    ['AA,{}', 'Zoë;€ 𝒳'],
    ['À'.repeat(100), '-'], // the longest, and persons with one name only
  ] as const;
  const before = await gateway.call('scaricoElencoAssistiti', fields(codiceFiscale), gateway.card('secondDoctor'));
  const persons = textsOf(before, 'codiceFiscaleAssistito').slice(-names.length);
  for (const [index, [surname, givenName]] of names.entries()) {
    const values = [persons[index], surname, givenName];
    await gateway.db.query('UPDATE registry.person SET surname = $2, given_name = $3 WHERE identifier = $1', values);
  }
  const reply = await gateway.call('scaricoElencoAssistiti', fields(codiceFiscale), gateway.card('secondDoctor'));
  const listed = textsOf(reply, 'cognomeAssistito').map((surname, index) => [
    textsOf(reply, 'codiceFiscaleAssistito')[index],
    surname,
    textsOf(reply, 'nomeAssistito')[index],
  ]);
  expect(listed).toHaveLength(50);
  for (const [index, name] of names.entries()) expect(listed).toContainEqual([persons[index], ...name.map(escapeText)]);
  const inOrder = await gateway.db.query<{ identifier: string }[]>(
    `SELECT identifier FROM registry.person WHERE identifier = ANY ($1) ORDER BY surname, given_name, identifier`,
    [listed.map(([person]) => person)],
  );
  expect(listed.map(([person]) => person)).toEqual(inOrder.map((row) => row.identifier));
});

test.each(['\u001e', '\u001f', '\n', '\u007f'])('no name contains a control character (%j)', async (character) => {
  const change = gateway.db.query('UPDATE registry.person SET surname = $1', [`A${character}B`]);
  await expect(change).rejects.toMatchObject({ constraint: 'person_names_printable' });
});

test('[T-3] a doctor does not get the list of another', async () => {
  const other = gateway.account('secondDoctor').codiceFiscale;
  const reply = await gateway.call(
    'scaricoElencoAssistiti',
    fields(gateway.account('doctor').codiceFiscale, other),
    gateway.card('doctor'),
  );
  expect(textOf(reply, 'esito')).toBe('1003');
  expect(textsOf(reply, 'codiceFiscaleAssistito')).toHaveLength(0);
});
