/** One test by the number in the path, for its receipt and its cancellation. */
import type { Receipt } from '../../screening/index.js';
import { PageError } from '../frame/page.js';
import type { ActingVisit } from '../frame/page.js';
import { NUMBER } from './parties.js';
import type { Parties } from './parties.js';
import type { DoctorServices } from './services.js';

/** @throws PageError 404: there is no such test, or the doctor may not see it */
export async function receiptOf(
  { call, params }: ActingVisit,
  { doctor, titular }: Parties,
  { screening }: Pick<DoctorServices, 'screening'>,
): Promise<Receipt> {
  const number = params['numero'] ?? '';
  if (!NUMBER.test(number)) throw new PageError(404);
  const { tests = [] } = await screening.receipts(call, { doctor, titular, tests: [Number(number)] });
  const [test] = tests;
  if (test === undefined) throw new PageError(404);
  return test;
}
