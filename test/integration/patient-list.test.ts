/** [T-10] 3.4.1: the patient list, through real TLS, with card and with password and pincode. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
