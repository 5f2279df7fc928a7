/** Refusals of the doctors' operations as problems of a form: the words are the feature's. */
import type { Problems } from '../frame/fields.js';
import { REFUSALS, campaignDay } from '../../screening/index.js';
import type { Campaign, RefusalCode } from '../../screening/index.js';

/** The field of the portal's form for each of the wire's. */
const FIELDS: Readonly<Record<string, string>> = {
  codiceFiscaleAssistito: 'assistito',
  dataEsecuzioneTest: 'eseguito',
  dataInizioIntervallo: 'dal',
  dataFineIntervallo: 'al',
};

/** Every reason, at its field where there is one. */
export function problemsOf(refusals: readonly RefusalCode[], campaign: Campaign): Problems {
  const fields: Record<string, string> = {};
  const general: string[] = [];
  for (const refusal of refusals) {
    const { text, remedy, field } = REFUSALS[refusal];
    const words = `${text}${campaignDay(refusal, campaign)}`;
    const name = field === undefined ? undefined : FIELDS[field];
    if (name === undefined) general.push(`${words} ${remedy}`);
    else fields[name] = fields[name] === undefined ? words : `${fields[name]} ${words}`;
  }
  return { fields, general };
}
