/** What is wrong with new secrets or an address, by field. */
import { beatOf } from '../../auth/index.js';
import type { OwnRefusal, SecretFault } from '../../auth/index.js';
import type { Problems } from '../frame/fields.js';
import { PageError } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';

/** @returns a text for each field */
export function faultTexts(faults: readonly SecretFault[], { secrets }: Catalogue): Record<string, string> {
  return Object.fromEntries(
    faults.map((fault) => [fault.startsWith('password') ? 'password' : 'pincode', secrets.faults[fault]]),
  );
}

/** @throws PageError if the policy does not admit the caller */
export function problemsOf(refusals: readonly OwnRefusal[], texts: Catalogue): Problems {
  const { secrets } = texts;
  const problems = { fields: {} as Record<string, string>, general: [] as string[] };
  for (const refusal of refusals) {
    if (refusal === 'session-over') throw new PageError(403); // the pages redirect to the sign-in before
    if (refusal === 'not-permitted') throw new PageError(403);
    if (refusal === 'present-secrets') problems.general.push(secrets.presentWrong);
    else if (refusal === 'busy') problems.general.push(texts.signIn.busy);
    else if (refusal === 'too-many-addresses') problems.general.push(secrets.tooManyAddresses);
    else if (refusal === 'email-form') problems.fields['email'] = secrets.emailForm;
    else Object.assign(problems.fields, faultTexts([refusal], texts));
  }
  return problems;
}

/** Refusals of wrong secrets are sent at a multiple of this time, as at sign-in, ms; undefined: immediately. */
export function beatOfRefusals(refusals: readonly OwnRefusal[]): number | undefined {
  if (refusals.includes('busy')) return beatOf('busy');
  return refusals.includes('present-secrets') ? beatOf('credentials') : undefined;
}
