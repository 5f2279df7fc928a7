/** The entrance of persons acting on their own data [O-1], once their digital identity is certain. */
import { Call } from './call.js';
import type { Arrival } from './call.js';
import type { Citizen } from './caller.js';

/** @param identity of SPID and CIE the codice fiscale alone is taken; of a TS-CNS that of its certificate */
export function citizenCall({ codiceFiscale, method }: Omit<Citizen, 'kind'>, arrival: Arrival): Call<Citizen> {
  return new Call({ kind: 'citizen', codiceFiscale, method }, arrival);
}
