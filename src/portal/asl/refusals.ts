/** Refusals of the ASLs' operations in words for a person: what happened, with its day, and what he can do. */
import { ASL_REFUSALS } from '../../asl/index.js';
import type { AslRefusal } from '../../asl/index.js';
import { campaignDay } from '../../screening/index.js';
import type { Problems } from '../frame/fields.js';
import { dayInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import type { AslServices } from './services.js';

/** The form's field for each field of the contract. */
const FIELDS: Readonly<Record<string, string>> = { dataEsecuzioneTest: 'eseguito', numeroTestEseguiti: 'numero' };

/** All reasons, each at its field if there is one. */
export function problemsOf(
  refusals: readonly AslRefusal[],
  campaign: Pick<AslServices, 'campaignStart' | 'campaignEnd'>,
  { asl }: Catalogue,
): Problems {
  const fields: Record<string, string> = {};
  const general: string[] = [];
  for (const refusal of refusals) {
    const { text, field } = ASL_REFUSALS[refusal];
    const reason = `${text}${campaignDay(refusal, campaign, dayInWords)} ${asl.remedies[refusal]}`;
    const name = field === undefined ? undefined : FIELDS[field];
    if (name === undefined) general.push(reason);
    else fields[name] = fields[name] === undefined ? reason : `${fields[name]} ${reason}`;
  }
  return { fields, general };
}
