/** Cards that differ from a valid one, each in one respect, with the expected fault. Issued by any given CA. */
import { issueCa, issueCard } from '../../src/dev/sandbox/pki.js';
import type { CardOptions, CertificateAndKey } from '../../src/dev/sandbox/pki.js';

const DAY_MS = 86_400_000;
const CARD_ID = '6030123456789012';

export interface OddCard {
  readonly title: string;
  /** `codice` of the fault's detail; undefined if the card is valid nevertheless. */
  readonly codice: string | undefined;
  readonly options: CardOptions;
}

/** A common name as on real cards. */
export function cardName(codiceFiscale: string, hash = 'aG9sZGVyIG9mIGEgY2FyZA=='): string {
  return `${codiceFiscale}/${CARD_ID}.${hash}`;
}

/** @param holder codice fiscale of a doctor with an account; @param other another one's */
export function oddCards(holder: string, other: string, now: Date): readonly OddCard[] {
  const commonName = cardName(holder);
  const days = (count: number) => new Date(now.getTime() + count * DAY_MS);
  const good = (title: string, options: CardOptions): OddCard => ({ title, codice: undefined, options });
  const bad = (title: string, codice: string, options: Partial<CardOptions>): OddCard => ({
    title,
    codice,
    options: { commonName, ...options },
  });
  return [
    good('card as in the field', { commonName }),
    good('CN with further slashes and plus signs in the hash', { commonName: cardName(holder, 'ab/cd+ef/gh==') }),
    good('CN and TINIT serialNumber that agree', { commonName, serialNumber: `TINIT-${holder}` }),
    good('TINIT serialNumber only', { commonName: 'a name without a slash', serialNumber: `TINIT-${holder}` }),
    good('serialNumber of another kind', { commonName, serialNumber: 'CE:0123456789' }),
    good('the policy of CIE', { commonName, policies: ['1.3.76.47.4'] }),
    good('the CNS policy among others', { commonName, policies: ['1.2.3.4', '1.3.76.16.2.1'] }),
    bad('expired card', 'CERTIFICATO_SCADUTO', { notBefore: days(-20), notAfter: days(-1) }),
    bad('card not yet valid', 'CERTIFICATO_NON_ANCORA_VALIDO', { notBefore: days(1), notAfter: days(20) }),
    bad('no policy', 'CERTIFICATO_NON_CNS', { policies: [] }),
    bad('another policy', 'CERTIFICATO_NON_CNS', { policies: ['1.3.76.16.2.2'] }),
    bad('serverAuth only', 'CERTIFICATO_NON_CNS', { extendedKeyUsage: ['serverAuth'] }),
    bad('no extended key usage', 'CERTIFICATO_NON_CNS', { extendedKeyUsage: [] }),
    bad('signature card (nonRepudiation)', 'CERTIFICATO_NON_CNS', { keyUsage: ['nonRepudiation'] }),
    bad('no key usage', 'CERTIFICATO_NON_CNS', { keyUsage: [] }),
    bad('CN and serialNumber that differ', 'CERTIFICATO_SENZA_IDENTITA', { serialNumber: `TINIT-${other}` }),
    bad('no identity at all', 'CERTIFICATO_SENZA_IDENTITA', { commonName: 'Mario Rossi' }),
    bad('empty codice fiscale', 'CERTIFICATO_SENZA_IDENTITA', { commonName: `/${CARD_ID}.aGFzaA==` }),
    bad('codice fiscale after the slash', 'CERTIFICATO_SENZA_IDENTITA', { commonName: `${CARD_ID}0/${holder}.x` }),
    bad('lower case', 'CERTIFICATO_SENZA_IDENTITA', { commonName: cardName(holder.toLowerCase()) }),
    bad('a second name in the CN', 'CERTIFICATO_SENZA_IDENTITA', { commonName: `${holder}\0${other}/1.x` }),
    bad('SQL in the CN', 'CERTIFICATO_SENZA_IDENTITA', { commonName: "' OR '1'='1/1.x" }),
    bad('holder without account', 'UTENTE_NON_ABILITATO', { commonName: cardName('ZZZZZZ00A00A000Z') }),
    bad('RSA-1024 key', 'CERTIFICATO_NON_ATTENDIBILE', { keyType: 'rsa1024' }),
    bad('signature with SHA-1', 'CERTIFICATO_NON_ATTENDIBILE', { signature: 'sha1' }),
  ];
}

/** A card of a CA with the trusted one's name and another key. */
export async function forgedCard(caName: string, holder: string, now: Date): Promise<CertificateAndKey> {
  const validity = { notBefore: new Date(now.getTime() - DAY_MS), notAfter: new Date(now.getTime() + DAY_MS) };
  return issueCard(await issueCa(undefined, { commonName: caName, ...validity }), { commonName: cardName(holder) });
}
