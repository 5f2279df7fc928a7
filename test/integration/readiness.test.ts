/**
 * `/readyz` where feeding systems are served: the consent database is reported, and its loss does not affect readiness.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, getPage } from '../support/post.js';
import { metadataPlace } from './metadata-fixture.js';
import type { MetadataPlace } from './metadata-fixture.js';

let place: MetadataPlace;
beforeAll(async () => {
  place = await metadataPlace();
});
afterAll(() => place.close());

async function readiness(): Promise<{ status: number; body: unknown }> {
  const { status, text } = await getPage(`${place.gateway.opsUrl}/readyz`);
  return { status, body: JSON.parse(text) as unknown };
}

test('the consent database available, unavailable, and available again', async () => {
  const ready = (consentDatabase: string) => ({
    status: 200,
    body: { status: 'ready', database: 'ok', consentDatabase, closing: false },
  });
  expect(await readiness()).toEqual(ready('ok'));
  place.consentAway(true);
  expect(await readiness()).toEqual(ready('unavailable'));
  place.consentAway(false);
  await eventually('the consent database again', async () => {
    const { body } = await readiness();
    return JSON.stringify(body) === JSON.stringify(ready('ok').body);
  });
});
