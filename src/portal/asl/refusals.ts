/** Refusals of the ASLs' operations as problems of a form: the words are the feature's. */
import { verdictOf } from '../../asl/index.js';
import type { AslRefusal } from '../../asl/index.js';
import type { Problems } from '../frame/fields.js';
import type { AslServices } from './services.js';

/** The field of the portal's form for each of the contract's. */
const FIELDS: Readonly<Record<string, string>> = { dataEsecuzioneTest: 'eseguito', numeroTestEseguiti: 'numero' };

/** Every reason, at its field where there is one. */
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
