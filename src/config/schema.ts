/** All settings of the program: name, form, default, meaning. Source of docs/configuration.md for operators. */
import { isIP } from 'node:net';
import { z } from 'zod';

const path = z.string().min(1);
/** Decimal digits: a number in the file, text in the environment, where '', '0x10' and '1e3' are typing errors. */
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value),
    z.int('must be a whole number, in decimal digits').min(least).max(most),
  );
const port = whole(0, 65_535);
const count = whole(1);
const yesNo = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]);
/** Lists: JSON arrays in the file, comma-separated in the environment. */
const list = z.union([
  z.array(z.string().min(1)),
  z.string().transform((value) => value.split(',').map((item) => item.trim())),
]);
const day = z.iso.date();
const FEEDING_SYSTEM = /^(?:[0-9]{3}|SASN):\S(?:.*\S)?$/;

export const configSchema = z.strictObject({
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional()
    .describe(
      'PostgreSQL database of gateway, portal and worker (15 or later); the gateway’s login must be a member of passerella_gateway, the worker’s of passerella_worker. Without it the sandbox starts an embedded one.',
    ),
  databaseOwnerUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//)
    .optional()
    .describe('Login that owns the tables: for migrations and admin commands only. Default: databaseUrl.'),
  databasePoolSize: whole(4)
    .default(16)
    .describe('Largest number of connections to the database; a job of the worker takes up to three.'),
  sandboxDatabase: yesNo
    .default(false)
    .describe(
      'true declares that the configured databases serve only a sandbox: the sandbox may fill an empty one with publicly known people and accounts, and a worker may use it. Once filled it is marked, and no gateway ever serves it.',
    ),
  dataDirectory: path.default('.sandbox').describe('Folder of the sandbox’s embedded database and sandbox.json.'),
  certificateDirectory: path.default('certs').describe('Folder of the sandbox’s development PKI.'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info').describe('Level of the log.'),

  soapHost: z
    .string()
    .min(1)
    .default('0.0.0.0')
    .describe('Address on which the SOAP listener listens. The sandbox: 127.0.0.1.'),
  soapPort: port.default(8443).describe('Its port; 0 picks a free one.'),
  publicUrl: z
    .url()
    .optional()
    .describe(
      'Base URL that callers use, as written into the WSDL, e.g. https://ws.example.it. Default: https://localhost:<soapPort>.',
    ),
  tlsCertificate: path.optional().describe('PEM file: the server certificate followed by its intermediates.'),
  tlsKey: path.optional().describe('PEM file: its private key.'),
  cardAnchors: path.optional().describe('PEM file: the CAs that issue TS-CNS/CNS cards.'),
  cardRevocationList: path
    .optional()
    .describe(
      'PEM file: CRLs of all these CAs, reloaded when it changes. A card whose revocation status is unknown is refused.',
    ),
  cardRevocationCheck: yesNo
    .default(true)
    .describe('false deliberately disables the revocation check; cardRevocationList must then be absent.'),
  cardPolicies: list
    .default(['1.3.76.16.2.1', '1.3.159.6.1.3.2.10', '1.3.76.12.1.1.10.2.2.10', '1.3.76.47.4'])
    .describe('Certificate policies, one of which a card must carry (national CNS, Lombardia, CIE).'),
  legacyCards: yesNo.default(false).describe('true also accepts cards with RSA-1024 or SHA-1.'),
  trustedProxies: list
    .refine(
      (all) => all.every((one) => one === '' || isIP(one) !== 0),
      'must be addresses, e.g. 192.0.2.1: no networks, no names',
    )
    .default([])
    .describe('Addresses of proxies whose Client-Cert (RFC 9440) and X-Forwarded-For headers are trusted.'),
  pincodeKey: path
    .optional()
    .describe('PEM file: private key of the published pincode certificate, RSA of at least 2048 bits.'),

  bodyBytes: count.default(256 * 1024).describe('Largest message, bytes.'),
  maxInFlight: count.default(256).describe('Largest number of concurrent messages; a further one gets a 503.'),
  maxConnections: count
    .default(4_096)
    .describe(
      'Open connections of the SOAP listener, a quarter of which may be new; a further one displaces a connection of the address with most connections: the one that has waited longest for its caller.',
    ),
  maxConnectionsPerAddress: count
    .default(256)
    .describe('Maximum of these from one IPv4 address or IPv6 /48 that is not in trustedProxies.'),
  handshakesPerSecondPerAddress: count
    .default(50)
    .describe(
      'TLS handshakes of one such address per second, after an initial burst up to its maximum of connections; further ones wait.',
    ),

  portalHost: z
    .string()
    .min(1)
    .default('0.0.0.0')
    .describe('Address on which the portal listens. The sandbox: 127.0.0.1.'),
  portalPort: port.default(8444).describe('Its port; 0 picks a free one.'),
  portalUrl: z
    .url()
    .optional()
    .describe(
      'The portal’s address in the browser, e.g. https://servizi.example.it; forms from other addresses are refused. Default: https://localhost:<portalPort>.',
    ),
  cardUrl: z
    .url()
    .optional()
    .describe(
      'Address of the card host, which requests a TS-CNS/CNS from the browser, e.g. https://carta.servizi.example.it. It needs a separate host name, which tlsCertificate must also contain. With it the portal needs cardAnchors and cardRevocationList; without it the portal offers no sign-in by card.',
    ),
  cardHost: z
    .string()
    .min(1)
    .default('0.0.0.0')
    .describe('Address on which the card host listens. The sandbox: 127.0.0.1.'),
  cardPort: port.default(8445).describe('Its port; 0 picks a free one.'),
  cardTlsMaxVersion: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .describe(
      'Newest TLS that the card host offers: many cards cannot create the signatures that TLS 1.3 requires (RSA-PSS).',
    ),
  accessibilityDeclarationUrl: z
    .url()
    .optional()
    .describe('Address of the accessibility declaration on form.agid.gov.it, for the footer of every page.'),

  identityCertificate: path
    .optional()
    .describe(
      'PEM file: certificate with which requests to SPID and CIE are signed, as required by Avviso 29 of SPID. A warning is logged from 60 days before its expiry.',
    ),
  identityKey: path.optional().describe('PEM file: its private key.'),
  spidProviders: path
    .optional()
    .describe(
      'XML file: metadata of the SPID identity providers, signed by the federation. If set, the portal offers SPID.',
    ),
  spidFederation: path.optional().describe('PEM file: certificates of the signer of spidProviders.'),
  spidEntityId: z.url().optional().describe('Name of the service in SPID. Default: portalUrl.'),
  cieProviders: path
    .optional()
    .describe('XML file: metadata of the CIE identity provider, signed. If set, the portal offers CIE.'),
  cieFederation: path.optional().describe('PEM file: certificates of the signer of cieProviders.'),
  cieEntityId: z.url().optional().describe('Name of the service in CIE. Default: portalUrl + /metadata/cie.'),
  identityRegister: yesNo
    .default(true)
    .describe(
      'Whether requests and responses of SPID and CIE are kept for 24 months (DPCM 24-10-2014, art. 13), encrypted to identityRegisterKey; false only if the service is not a SPID service provider.',
    ),
  identityRegisterKey: path
    .optional()
    .describe('PEM file: public RSA key of that register; the private key stays off the portal’s machine.'),
  organisationName: z.string().min(1).optional().describe('Public body that offers the service, as IPA writes it.'),
  organisationDisplayName: z.string().min(1).optional().describe('Its name for people. Default: organisationName.'),
  organisationUrl: z.url().optional().describe('Its site. Default: portalUrl.'),
  organisationIpaCode: z.string().min(1).optional().describe('Its IPA code.'),
  organisationEmail: z.email().optional().describe('Its contact address for SPID and CIE.'),
  organisationPhone: z
    .string()
    .regex(/^\+[0-9]+$/, 'must be + and digits, without blanks')
    .optional()
    .describe('Its telephone number, +39 and digits.'),
  organisationMunicipality: z
    .string()
    .regex(/^[A-Z][0-9]{3}$/)
    .optional()
    .describe('Codice catastale of its municipality; required by CIE.'),

  opsHost: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address of the operator’s listener (health, readiness, metrics), plain HTTP.'),
  opsPort: port.default(8081).describe('Its port; 0 picks a free one.'),
  shutdownSeconds: count.default(20).describe('How long accepted requests may take to finish at shutdown.'),

  campaignStart: day.default('2020-08-24').describe('First day on which a test may have been executed, AAAA-MM-GG.'),
  campaignEnd: day
    .optional()
    .describe(
      'Last day of the campaign, AAAA-MM-GG, and the last on which a test may have been executed; retention empties the doctors’ lists campaignGraceDays later. Without it they are kept twelve months.',
    ),
  campaignGraceDays: whole(0, 366)
    .default(30)
    .describe(
      'Days for which the doctors’ lists stay after campaignEnd, so that tests of the last days can be submitted and cancelled.',
    ),
  registryRetentionMonths: whole(12)
    .optional()
    .describe(
      'Months after the last change of a person who is deceased, emigrated or no longer in care when retention deletes the person from the registry, unless a test, a list or another of the person’s identifiers needs them. Without it persons are kept.',
    ),
  exchangeDirectory: path
    .optional()
    .describe('Exchange folder of the ministry’s files of school staff, which the worker processes.'),
  rosterFileBytes: count
    .default(512 * 1024 * 1024)
    .describe('Largest file of school staff, bytes, as delivered and decompressed.'),

  consentDatabaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional()
    .describe(
      'PostgreSQL database of the register of consents, never the one of databaseUrl; the worker’s login must be a member of passerella_consent, the portal’s of passerella_consent_portal, the gateway’s of passerella_consent_reader. Given, the portal serves the opposition.',
    ),
  consentDatabaseOwnerUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional()
    .describe('Login that owns its tables: for migrations and admin commands only. Default: consentDatabaseUrl.'),
  consentDatabasePoolSize: count.default(8).describe('Largest number of connections to it, per process.'),
  blockWaitDays: count
    .default(7)
    .describe(
      'Days for which a silent region (no receiver, paused, unreachable) delays the block of past documents, from the planning of the bulk or from its last answer; the worker and the admin commands need the same value.',
    ),
  consentRetentionMonths: count
    .optional()
    .describe(
      'Months after the last decision of a person when retention deletes the person’s history and notifications (art. 10 DM 7-9-2023); the worker’s login must then be a member of passerella_consent_retention too. Without it no decision is ever deleted.',
    ),
  notificationCertificate: path
    .optional()
    .describe('PEM file: the certificate, with its intermediates, with which the worker authenticates to the regions.'),
  notificationKey: path.optional().describe('PEM file: its private key.'),
  notificationTimeoutSeconds: count.default(30).describe('How long a region may take to answer a notification.'),

  mailHost: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Submission server for the worker’s mails to account holders: links for choosing password and pincode, and notices. Set it together with mailUser, mailPassword, mailFrom and portalUrl, or set none of them: these mails then wait.',
    ),
  mailPort: port.default(465).describe('Its port.'),
  mailSecurity: z.enum(['tls', 'starttls']).default('tls').describe('As certifiedMailSecurity.'),
  mailUser: z.string().min(1).optional().describe('User of this server.'),
  mailPassword: z.string().min(1).optional().describe('Password of this user; by file: PASSERELLA_MAIL_PASSWORD_FILE.'),
  mailFrom: z.email().optional().describe('Address of the sender, e.g. non-rispondere@example.it.'),
  mailAnchors: path
    .optional()
    .describe('PEM file: the CAs that may issue the server’s certificate. Default: Node’s own.'),
  certifiedMailHost: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Submission server of the certified mail (PEC) for the statistics to the Commissioner. Set it together with certifiedMailUser, certifiedMailPassword, certifiedMailFrom and statisticsRecipient, or set none of them: the worker then sends no statistics.',
    ),
  certifiedMailPort: port.default(465).describe('Its port.'),
  certifiedMailSecurity: z
    .enum(['tls', 'starttls'])
    .default('tls')
    .describe('Implicit TLS, or STARTTLS, without which nothing is sent. At least TLS 1.2, always verified.'),
  certifiedMailUser: z.string().min(1).optional().describe('User of server and mailbox.'),
  certifiedMailPassword: z
    .string()
    .min(1)
    .optional()
    .describe('Password of this user; by file: PASSERELLA_CERTIFIED_MAIL_PASSWORD_FILE.'),
  certifiedMailFrom: z.email().optional().describe('Address of the sender’s mailbox, e.g. info@pec.example.it.'),
  statisticsRecipient: z.email().optional().describe('Address of the Commissioner’s certified mailbox.'),
  certifiedMailAnchors: path
    .optional()
    .describe('PEM file: the CAs that issue the certificates of server and mailbox. Default: Node’s own.'),
  certifiedMailTimeoutSeconds: count.default(60).describe('How long server and mailbox may take to answer.'),
  certifiedMailboxHost: z
    .string()
    .min(1)
    .optional()
    .describe(
      'IMAP server with the mailbox in which the receipts arrive. Without it no receipts are read: a mail counts as delivered once the server has accepted it, and the password follows immediately.',
    ),
  certifiedMailboxPort: port.default(993).describe('Its port.'),
  certifiedMailboxSecurity: z.enum(['tls', 'starttls']).default('tls').describe('As certifiedMailSecurity.'),
  certifiedMailboxFolder: z.string().min(1).default('INBOX').describe('Folder of the receipts; it is only read.'),
  statisticsSchedule: z
    .string()
    .regex(/^\S+(?: \S+){4}$/, 'must be a cron expression of five fields')
    .optional()
    .describe(
      'When a statistic is created and sent, a cron expression in Rome’s time: 0 8 * * 1-5 is at 8 on working days. Without it only on the operator’s request.',
    ),

  feedingSystemAnchors: path
    .optional()
    .describe(
      'PEM file: the CAs that issue certificates to systems feeding the record, up to their roots; none of them may be in cardAnchors. If set, the gateway also serves ComunicazioneMetadati, and needs consentDatabaseUrl and feedingSystems.',
    ),
  feedingSystemRevocationList: path
    .optional()
    .describe(
      'PEM file: CRLs of all these CAs, reloaded when it changes; required unless cardRevocationCheck is false.',
    ),
  feedingSystems: list
    .refine((systems) => systems.every((system) => FEEDING_SYSTEM.test(system)), 'each must be <region>:<common name>')
    .default([])
    .describe(
      'Systems that may call ComunicazioneMetadati, each as <region>:<common name of its certificate>, region of three digits or SASN, e.g. 080:fse.regione.example.it.',
    ),
});

export type Config = z.infer<typeof configSchema>;

/** Settings that the gateway requires outside the sandbox, which generates its own. */
export const REQUIRED_BY_GATEWAY = ['databaseUrl', 'tlsCertificate', 'tlsKey', 'cardAnchors', 'pincodeKey'] as const;

/** Settings that the portal requires outside the sandbox. */
export const REQUIRED_BY_PORTAL = ['databaseUrl', 'tlsCertificate', 'tlsKey', 'portalUrl'] as const;

/** Settings without which the portal offers neither SPID nor CIE. */
export const REQUIRED_BY_IDENTITY = [
  'identityCertificate',
  'identityKey',
  'organisationName',
  'organisationIpaCode',
  'organisationEmail',
  'organisationPhone',
] as const;

/**
 * Settings that a worker requires to send notifications. A certificate or key enables sending and then requires all of
 * them; consentDatabaseUrl alone does not enable it, because scheduled work uses the register too.
 */
export const REQUIRED_BY_SENDING = ['consentDatabaseUrl', 'notificationCertificate', 'notificationKey'] as const;

/** Settings without which nobody writes to holders of accounts; portalUrl, which the portal has too, with them. */
export const REQUIRED_BY_ACCOUNT_MAIL = ['mailHost', 'mailUser', 'mailPassword', 'mailFrom'] as const;

/** Settings without which no certified mail is sent: all of them or none. */
export const REQUIRED_BY_CERTIFIED_MAIL = [
  'certifiedMailHost',
  'certifiedMailUser',
  'certifiedMailPassword',
  'certifiedMailFrom',
  'statisticsRecipient',
] as const;
