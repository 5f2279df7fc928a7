/** SPID and CIE as data: one engine, three differences (CIE: «Manuale operativo», SAML). */

export interface SamlScheme {
  readonly name: 'spid' | 'cie';
  /** Name for people. */
  readonly title: string;
  /** Whether the Issuer of an assertion must have `Format` entity (official cases 70 and 71). */
  readonly hasIssuerFormat: boolean;
  /** The attributes that the metadata request. CIE always sends four; only the codice fiscale is used [O-4]. */
  readonly attributes: readonly string[];
  /** Anomalies that the scheme reserves: its providers cannot return them. */
  readonly reserved: readonly number[];
}

export const SPID: SamlScheme = {
  name: 'spid',
  title: 'SPID',
  hasIssuerFormat: true,
  attributes: ['fiscalNumber'],
  reserved: [24],
};

export const CIE: SamlScheme = {
  name: 'cie',
  title: 'Carta d’identità elettronica',
  hasIssuerFormat: false,
  attributes: ['name', 'familyName', 'dateOfBirth', 'fiscalNumber'],
  reserved: [19, 20, 24],
};

/** Two factors [O-1]; a response with a higher level is accepted, with a lower one refused. */
export const LEVEL_ASKED = 'https://www.spid.gov.it/SpidL2';
export const LEVELS_ACCEPTED: readonly string[] = [LEVEL_ASKED, 'https://www.spid.gov.it/SpidL3'];
