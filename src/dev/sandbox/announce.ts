/** The sandbox's announcement: endpoint, identities and commands to paste, as text for people and as JSON for tools. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { FeedingPki } from './feeding-pki.js';
import type { SyntheticRegistry } from './people.js';
import { CARD_ROLES } from './pki.js';
import type { CardRole, DevelopmentPki } from './pki.js';

/** `.sandbox/sandbox.json`: a stable interface for tools. Paths are absolute. */
export interface SandboxFile {
  readonly soap: { readonly endpoint: string; readonly wsdl: string };
  /** Address of the portal in the browser. */
  readonly portal: string;
  /** Origin of the development identity providers, SPID and CIE. */
  readonly identity: string;
  /** URL of the card host; absent: there is none. */
  readonly cardHost?: string | undefined;
  /** Folder with every mail of the sandbox. */
  readonly mail: string;
  readonly health: string;
  readonly ca: string;
  readonly pincodeCertificate: string;
  readonly namespace: string;
  readonly identities: readonly SandboxIdentity[];
  /** Data for entering the free area. */
  readonly freeArea: FreeAreaSample;
  /** With `feedingSystem`: absent if the sandbox has no register of consents. */
  readonly comunicazioneMetadati?: { readonly endpoint: string; readonly wsdl: string };
  /** Its permitted caller. */
  readonly feedingSystem?: { readonly certificate: string; readonly key: string; readonly p12: string };
}

export interface FreeAreaSample {
  readonly card: { readonly codiceFiscale: string; readonly number: string; readonly expiry: string };
  readonly stp: { readonly code: string; readonly region: string; readonly issuedOn: string };
}

export interface SandboxIdentity {
  readonly role: string;
  readonly codiceFiscale: string;
  readonly userId: string;
  readonly password: string;
  readonly pincode: string;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly p12?: string | undefined;
}

export function describeSandbox(
  gateway: {
    endpoint: string;
    opsPort: number;
    namespace: string;
    portal: string;
    cardHost?: string | undefined;
    identity: string;
    mail: string;
  },
  pki: DevelopmentPki,
  data: SyntheticRegistry,
  feeding?: { readonly endpoint: string; readonly pki: FeedingPki },
): SandboxFile {
  const accounts = new Map(data.accounts.map((account) => [account.codiceFiscale, account]));
  const { aslOperator } = data;
  const identities = Object.entries({ ...data.identities, aslOperator }).flatMap(([role, { codiceFiscale }]) => {
    const account = accounts.get(codiceFiscale);
    if (account === undefined) return [];
    const card = isCardRole(role) ? pki.cards[role] : undefined;
    const { userId, password, pincode } = account;
    const files = card && { certificate: resolve(card.certificate), key: resolve(card.key), p12: resolve(card.pkcs12) };
    return [{ role, codiceFiscale, userId, password, pincode, ...files }];
  });
  return {
    soap: { endpoint: gateway.endpoint, wsdl: `${gateway.endpoint}?wsdl` },
    portal: gateway.portal,
    identity: gateway.identity,
    cardHost: gateway.cardHost,
    mail: resolve(gateway.mail),
    health: `http://127.0.0.1:${gateway.opsPort}/readyz`,
    ca: resolve(pki.server.ca),
    pincodeCertificate: resolve(pki.pincode.certificate),
    namespace: gateway.namespace,
    identities,
    freeArea: freeAreaSample(data),
    ...(feeding === undefined ? {} : describeFeeding(feeding.endpoint, feeding.pki)),
  };
}

/** The first persons in care with a card, and with an STP code. */
function freeAreaSample({ persons }: SyntheticRegistry): FreeAreaSample {
  const inCare = persons.filter(({ status }) => status === 'in_care');
  const holder = inCare.find(({ cardNumber, identifier }) => cardNumber !== null && identifier.length === 16);
  const foreigner = inCare.find(({ stpIssuedOn }) => stpIssuedOn !== null);
  return {
    card: {
      codiceFiscale: holder?.identifier ?? '',
      number: holder?.cardNumber ?? '',
      expiry: holder?.cardExpiry ?? '',
    },
    stp: {
      code: foreigner?.identifier ?? '',
      region: foreigner?.stpRegion ?? '',
      issuedOn: foreigner?.stpIssuedOn ?? '',
    },
  };
}

function describeFeeding(
  endpoint: string,
  { system }: FeedingPki,
): Pick<SandboxFile, 'comunicazioneMetadati' | 'feedingSystem'> {
  const { certificate, key, pkcs12 } = system;
  return {
    comunicazioneMetadati: { endpoint, wsdl: `${endpoint}?wsdl` },
    feedingSystem: { certificate: resolve(certificate), key: resolve(key), p12: resolve(pkcs12) },
  };
}

function isCardRole(role: string): role is CardRole {
  return CARD_ROLES.some((known) => known === role);
}

/** Writes the file atomically: a tool never reads half a file. @returns its path */
export function writeSandboxFile(directory: string, sandbox: SandboxFile): string {
  return writeWhole(directory, 'sandbox.json', `${JSON.stringify(sandbox, null, 2)}\n`);
}

/**
 * `.sandbox/worker.env`: settings for `node --env-file`. They lead to the sandbox's register, which holds no real
 * person.
 */
export function writeWorkerFile(directory: string, settings: Readonly<Record<string, string>>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`);
  writeWhole(directory, 'worker.env', lines.join(''));
}

function writeWhole(directory: string, name: string, text: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  return path;
}

/** Text printed when everything has started. */
export function announcement(sandbox: SandboxFile, file: string): string {
  const { soap, ca, namespace, identities, pincodeCertificate, freeArea } = sandbox;
  const here = (path: string | undefined) => relative(process.cwd(), path ?? '') || '.';
  const doctor = identities.find((identity) => identity.role === 'doctor');
  if (doctor === undefined) throw new Error('the sandbox has no doctor');
  const body = (header: string) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="${namespace}">${header}<s:Body>` +
    `<t:scaricoElencoAssistiti><t:codiceFiscaleMedico>${doctor.codiceFiscale}</t:codiceFiscaleMedico>` +
    `<t:codiceFiscaleMedicoTitolare>${doctor.codiceFiscale}</t:codiceFiscaleMedicoTitolare></t:scaricoElencoAssistiti></s:Body></s:Envelope>`;
  const curl = `curl --silent --cacert ${here(ca)} -H 'Content-Type: text/xml; charset=utf-8'`;
  const lines = identities.map(
    ({ role, codiceFiscale, userId, password, pincode, certificate }) =>
      `  ${role.padEnd(13)} ${codiceFiscale}  ${userId.padEnd(16)}  ${password}  ${pincode}  ${certificate === undefined ? '–' : here(certificate)}`,
  );
  const { comunicazioneMetadati: metadata, feedingSystem: system } = sandbox;
  const metadataLine =
    metadata === undefined || system === undefined
      ? 'left out: PASSERELLA_CONSENT_DATABASE_URL is not set, while DATABASE_URL is'
      : `${metadata.wsdl}  (the calling system’s certificate: ${here(system.certificate)})`;
  return `
Passerella sandbox is up. Stop it with Ctrl-C.

  portal    ${sandbox.portal}  (your browser warns of the certificate: go on, or trust ${here(ca)})
  SPID, CIE ${sandbox.portal}/accesso/spid  (with people of the sandbox, at ${sandbox.identity})
  citizens  ${sandbox.portal}/servizi/opposizione  (opposition to past data, in an open term; the free area is entered by
            ${freeArea.card.codiceFiscale}, card ${freeArea.card.number}, ${freeArea.card.expiry}, or
            ${freeArea.stp.code}, region ${freeArea.stp.region}, ${freeArea.stp.issuedOn})
  card host ${sandbox.cardHost ?? '–'}  (to sign in by card, import the .p12 of an identity into your browser)
  WSDL      ${soap.wsdl}
  endpoint  ${soap.endpoint}
  metadata  ${metadataLine}
  health    ${sandbox.health}
  worker    runs here: scheduled work, and mail to <role>@sandbox.example, which is printed here and kept in ${here(sandbox.mail)}
            ${metadata === undefined ? '' : 'npm run worker:sandbox sends notifications of opposition besides (docs/simulator.md)'}
  for tools ${here(file)}

Identities (codice fiscale, user id, password, pincode, card):
${lines.join('\n')}
The .p12 beside each card (${here(doctor.p12)}, …) has the password «passerella». «substitute» may act for «doctor» today.

The doctor's patient list, with his card:

  ${curl} \\
    --cert ${here(doctor.certificate)} --key ${here(doctor.key)} \\
    --data '${body('')}' \\
    ${soap.endpoint}

The same with password and pincode:

  PIN=$(printf %s ${doctor.pincode} | openssl pkeyutl -encrypt -certin -inkey ${here(pincodeCertificate)} | base64 | tr -d '\\n')
  ${curl} \\
    -u '${doctor.userId}:${doctor.password}' \\
    --data '${body(`<s:Header><t:pinCode>'"$PIN"'</t:pinCode></s:Header>`)}' \\
    ${soap.endpoint}
`;
}
