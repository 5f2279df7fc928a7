/**
 * For whose patients a page is: the path says it, so that two windows never mix two doctors up. `/medico/proprio/…` is the
 * doctor's own list, `/medico/17/…` that of the titular who named him in substitution 17.
 */
import { PageError } from '../frame/page.js';
import type { ActingVisit } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import type { DoctorServices } from './services.js';

/** A number of ours in an address: one spelling each. */
export const NUMBER = /^[1-9][0-9]{0,14}$/;

export interface Parties {
  readonly doctor: string;
  readonly titular: string;
  /** Where the pages of this list are. */
  readonly base: string;
}

/** @throws PageError 404: the substitution is nobody's or somebody else's */
export async function partiesOf(
  { call, params }: ActingVisit,
  { screening }: Pick<DoctorServices, 'screening'>,
): Promise<Parties> {
  const { codiceFiscale: doctor } = call.caller;
  const list = params['elenco'] ?? '';
  if (list === 'proprio') return { doctor, titular: doctor, base: '/medico/proprio' };
  const titular = NUMBER.test(list) ? await screening.titularOf(call, list) : undefined;
  if (titular === undefined) throw new PageError(404, {}, 'unknown-list');
  return { doctor, titular, base: `/medico/${list}` };
}

/** On every page that acts for somebody: who he is. */
export function ActingFor({ parties, texts }: { readonly parties: Parties; readonly texts: Catalogue }) {
  const { doctor, titular } = parties;
  if (doctor === titular) return null;
  return (
    <p class="alert alert-info" role="note">
      {texts.doctor.actingFor(titular)}
    </p>
  );
}
