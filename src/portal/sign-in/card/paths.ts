/** The URLs of sign-in by card, and the page for each refusal. */
import type { SignInCode } from '../../../auth/index.js';

/** The only path of the card host. */
export const CARD_HOST_PATH = '/carta';
export const START = '/accesso/carta';
/** The card host redirects the browser here, with its code. */
export const RESULT = '/accesso/carta/esito';
export const CONFIRM = '/accesso/carta/prosegui';
export const CARD_HELP = '/aiuto/carta';
export const CARD_OUT = '/uscita/carta';

export const CARD_REFUSALS = [
  ...(['assente', 'scaduta', 'non-ancora-valida', 'revocata', 'verifica-impossibile', 'non-cns'] as const),
  ...(['emittente', 'identita', 'illeggibile', 'non-abilitata', 'interrotto', 'riprova'] as const),
] as const;
export type CardRefusal = (typeof CARD_REFUSALS)[number];

export const pathOfRefusal = (refusal: CardRefusal): string => `${START}/${refusal}`;

const OF_CODE: { readonly [Code in SignInCode]?: CardRefusal } = {
  'none-presented': 'assente',
  'certificate-expired': 'scaduta',
  'certificate-not-yet-valid': 'non-ancora-valida',
  'certificate-revoked': 'revocata',
  'revocation-unknown': 'verifica-impossibile',
  'certificate-not-cns': 'non-cns',
  'certificate-untrusted': 'emittente',
  'certificate-identity': 'identita',
  'certificate-unreadable': 'illeggibile',
  'not-enabled': 'non-abilitata',
};

/** Secrets are not entered at the card host: their codes do not occur. */
export const refusalOf = (code: SignInCode): CardRefusal => OF_CODE[code] ?? 'riprova';
