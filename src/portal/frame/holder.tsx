/**
 * Who acts, as a form showed it. Another window of the same browser may have signed somebody else in meanwhile: the
 * operation refuses an act of one person that is sent as another’s.
 */
import type { Catalogue } from '../texts/index.js';
import type { Problems } from './fields.js';
import type { Form } from './form.js';
import { PageError } from './page.js';

const NAME = 'operatore';

export function HolderField({ codiceFiscale }: { readonly codiceFiscale: string }) {
  return <input type="hidden" name={NAME} value={codiceFiscale} />;
}

/**
 * @param caller who sends the form
 * @returns whom the form showed; the caller when it says nothing
 * @throws PageError 400: no form of ours says that
 */
export function holderIn(form: Form, caller: string): string {
  const shown = form.text(NAME, 17);
  if (shown !== '' && !/^[A-Z0-9]{11,16}$/.test(shown)) throw new PageError(400);
  return shown === '' ? caller : shown;
}

export function sentByAnother(texts: Catalogue): Problems {
  return { fields: {}, general: [texts.form.otherHolder] };
}
