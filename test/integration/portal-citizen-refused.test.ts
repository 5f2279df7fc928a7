/** A citizen's first page never claims that there is no decision when the decisions may not be read. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { citizenPages } from '../../src/portal/citizen/pages.js';
import { PageError } from '../../src/portal/frame/page.js';
import type { CitizenVisit } from '../../src/portal/frame/page.js';
import { it as texts } from '../../src/portal/texts/index.js';
import { callBy } from '../support/calls.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';

let place: OppositionPlace;
beforeAll(async () => {
  place = await oppositionPlace('2026-12-01T10:00:00Z');
});
afterAll(() => place.close());

test.each([
  ['spid', undefined],
  ['password', 403], // the policy admits citizens by two factors only
])('by %s: %s', async (method, status) => {
  const [codiceFiscale = ''] = await place.persons(1);
  const [page] = citizenPages({ register: () => ({ opposition: place.operations }) });
  const call = callBy({ kind: 'citizen', codiceFiscale, method: method as 'spid' }, place.clock.now());
  const visit = { texts, citizen: { kind: 'citizen', call, endsAt: place.clock.now() } } as unknown as CitizenVisit;
  const opened = async (): Promise<unknown> => (page?.access === 'citizen' ? page.get?.(visit) : undefined);
  const outcome = await opened().catch((error: unknown) => error);
  if (status === undefined) expect(outcome).toMatchObject({ kind: 'page' });
  else expect(outcome).toMatchObject({ status });
  expect(outcome instanceof PageError).toBe(status !== undefined);
});
