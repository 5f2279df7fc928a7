/** The initial content of the sandbox's register of consents: a privacy notice, and an open term. */
import { createMachineEntrance } from '../../auth/index.js';
import { createNoticeDesk, createWindowDesk, readTerms } from '../../opposition/index.js';
import { addDays, romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import type { DataSource } from '../../platform/db/index.js';

const NOTICE = `Informativa di prova sul trattamento dei dati personali. Questo testo è della dimostrazione e non ha valore.

Il Ministero dell’economia e delle finanze registra la tua scelta nell’Anagrafe dei consensi e delle revoche: identificativo, scelta, data, chi l’ha inserita e in quale ruolo.

Alla fine del periodo di apertura la tua regione di assistenza riceve le opposizioni dei suoi assistiti. Fino ad allora puoi cambiare la scelta: vale l’ultima.

La scelta non è conservata nel Sistema Tessera Sanitaria né in altri archivi.`;

const FIRST_TERM = { opensOn: '2024-04-22', closesOn: '2024-06-30' };
const [DAYS_BEFORE, DAYS_AFTER] = [7, 22];

/**
 * Adds missing records only.
 * @param register as its owner
 */
export async function fillRegister(register: DataSource, clock: Clock): Promise<void> {
  const { call } = await createMachineEntrance(register, clock);
  await createNoticeDesk(register, clock).publish(call, { version: 1, language: 'it', text: NOTICE });
  const now = clock.now();
  const { open, past } = await readTerms(register, now);
  const windows = createWindowDesk(register, clock);
  if (past === undefined && open === undefined) await windows.add(call, FIRST_TERM);
  if (open !== undefined) return;
  const today = romeDate(now);
  const [early, free] = [addDays(today, -DAYS_BEFORE), addDays(past?.closesOn ?? FIRST_TERM.closesOn, 1)];
  await windows.add(call, { opensOn: early > free ? early : free, closesOn: addDays(today, DAYS_AFTER) });
}
