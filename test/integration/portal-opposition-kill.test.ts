/**
 * The portal killed between a confirmation and its answer: the decision is there with its receipt, or not at all, and
 * the same confirmation sent again is the same decision.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addDays, romeDate } from '../../src/platform/clock.js';
import { OWN_FORM } from '../support/portal.js';
import type { Fields, Visitor } from '../support/portal.js';
import { FREE, acknowledge, checked, oppositionPortal, seen } from './portal-opposition-fixture.js';
import type { OppositionPortal } from './portal-opposition-fixture.js';

const CHILD = fileURLToPath(new URL('./portal-child.js', import.meta.url));
/** Kills so many ms after the confirmation was sent; undefined: as soon as the decision is in the register. */
const KILLS = [undefined, 0, undefined, 10, undefined, 25];

let place: OppositionPortal;
beforeAll(async () => {
  place = await oppositionPortal();
  const now = new Date();
  place.portal.setNow(now);
  await place.windows(['2024-04-22', '2024-06-30'], [addDays(romeDate(now), -1), addDays(romeDate(now), 1)]);
}, 120_000);
afterAll(() => place.stop());

async function startChild(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const { server } = place.portal.pki;
  const settings = {
    ...{ databaseUrl: place.portal.databaseUrl, consentDatabaseUrl: place.consentUrl, portalUrl: 'https://localhost' },
    ...{ tlsCertificate: server.certificate, tlsKey: server.key, portalHost: '127.0.0.1', portalPort: 0, opsPort: 0 },
  };
  const args = ['--disable-proto=delete', CHILD, JSON.stringify(settings)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: first.toString().trim() };
}

/** Sends the confirmation to the portal that will die, and waits for nothing. */
function send(url: string, visitor: Visitor, fields: Fields): void {
  const headers = { ...OWN_FORM, Cookie: `__Host-sessione=${visitor.token() ?? ''}` };
  const sent = request(`${url}${FREE}/conferma`, { method: 'POST', headers, rejectUnauthorized: false });
  sent.on('error', () => undefined).end(new URLSearchParams(fields).toString());
}

test('killed at several moments: one decision each, with one receipt', async () => {
  const before: number[] = [];
  for (const delay of KILLS) {
    const card = await place.person();
    const visitor = await place.holder(card);
    await acknowledge(visitor, FREE);
    const form = await checked(visitor, FREE, 'opposition');
    const { child, url } = await startChild();
    const gone = once(child, 'exit');
    send(url, visitor, form);
    if (delay !== undefined) await pause(delay);
    else
      for (const end = Date.now() + 20_000; (await place.decisions(card.subject)).length === 0;) {
        if (Date.now() > end) throw new Error('the confirmation was not recorded');
      }
    child.kill('SIGKILL');
    await gone;
    const [found] = await place.decisions(card.subject);
    before.push(found === undefined ? 0 : 1);
    const answer = await visitor.post(`${FREE}/conferma`, form);
    const [decision, ...others] = await place.decisions(card.subject);
    expect(others).toEqual([]);
    expect(found === undefined || found.id === decision?.id).toBe(true);
    expect([answer.status, answer.location]).toEqual([303, `${FREE}/ricevuta/${decision?.id ?? ''}`]);
    expect(seen(await visitor.get(answer.location ?? ''))).toEqual([200, 'Scelta registrata']);
  }
  expect(before).toContain(1);
}, 180_000);
