/**
 * The acting person, as shown by a form. Another window of the same browser may have signed in somebody else meanwhile:
 * an act of one person that is sent as another is refused.
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
 * @returns whom the form showed
 * @throws PageError 400: no form of ours says nothing of it, or anything else
 */
export function holderIn(form: Form): string {
  const shown = form.text(NAME, 17);
  if (!/^[A-Z0-9]{11,16}$/.test(shown)) throw new PageError(400);
  return shown;
}

export function sentByAnother(texts: Catalogue): Problems {
  return { fields: {}, general: [texts.form.otherHolder] };
}
