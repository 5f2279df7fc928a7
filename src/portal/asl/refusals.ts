/** Shows refusals of the ASLs' operations as problems of a form, in the feature's texts. */
import { verdictOf } from '../../asl/index.js';
import type { AslRefusal } from '../../asl/index.js';
import type { Problems } from '../frame/fields.js';
import type { AslServices } from './services.js';

/** The form's field for each field of the contract. */
const FIELDS: Readonly<Record<string, string>> = { dataEsecuzioneTest: 'eseguito', numeroTestEseguiti: 'numero' };

/** All reasons, each at its field if it has one. */
export function problemsOf(refusals: readonly AslRefusal[], campaign: Omit<AslServices, 'asl'>): Problems {
  const fields: Record<string, string> = {};
  const general: string[] = [];
  for (const { text, remedy, field } of verdictOf(refusals, campaign).details) {
    const name = field === undefined ? undefined : FIELDS[field];
    if (name === undefined) general.push(`${text} ${remedy}`);
    else fields[name] = fields[name] === undefined ? text : `${fields[name]} ${text}`;
  }
  return { fields, general };
}
