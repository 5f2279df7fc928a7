/** [T-1] A refused sign-in that waits for its beat keeps its connection, but no place of the messages in work. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { eventually } from '../support/post.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ maxInFlight: 1 });
});

afterAll(() => gateway.stop());

const FIELDS = { codiceFiscaleMedico: 'GRDZOE84D65L840H', codiceFiscaleMedicoTitolare: 'GRDZOE84D65L840H' };

/** The last step before the beat is the row in the access log. */
async function guessUntilRecorded(): Promise<{ reply: Promise<Reply>; isAnswered: () => boolean }> {
  const { userId } = gateway.account('coded');
  await gateway.db.query('DELETE FROM auth.sign_in_attempt');
  const rows = async () =>
    (await gateway.db.query<unknown[]>(`SELECT FROM audit.access_log WHERE outcome = 'sign-in:credentials'`)).length;
  const before = await rows();
  let answered = false;
  const basic = Buffer.from(`${userId}:sbagliata`).toString('base64');
  const reply = gateway
    .post(envelope('scaricoElencoAssistiti', FIELDS, gateway.pinCode('0000000000')), undefined, {
      Authorization: `Basic ${basic}`,
    })
    .finally(() => (answered = true));
  await eventually('the refusal is recorded', async () => (await rows()) > before);
  return { reply, isAnswered: () => answered };
}

test('a refusal that waits for its beat does not count as a message in work', async () => {
  let shown = false;
  // On a slow machine the beat may end first: then the attempt showed nothing, and another is needed.
  while (!shown) {
    const refusal = await guessUntilRecorded();
    const { status } = await gateway.post(envelope('scaricoElencoAssistiti', FIELDS), gateway.card('secondDoctor'));
    shown = !refusal.isAnswered();
    expect(status).toBe(200);
    expect(textOf(await refusal.reply, 'codice')).toBe('CREDENZIALI_NON_VALIDE');
  }
});
