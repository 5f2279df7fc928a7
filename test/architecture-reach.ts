/** What the process of each role may load, as data. A row more is a decision: it is memory, and a way in. */

export interface Reach {
  /** The file that main.ts loads for the role. */
  readonly entry: string;
  /** Folders of src/, besides platform, config and roles, which every role has. */
  readonly rooms: readonly string[];
  /** Packages that our own files name. */
  readonly packages: readonly string[];
}

// Of every feature a role has the migrations: a database that is not of this release is refused.
const FEATURES = ['asl', 'audit', 'auth', 'opposition', 'registry', 'roster', 'screening', 'statistics'];
const EVERYWHERE = [
  '@node-rs/argon2',
  'class-validator',
  'croner',
  'ipaddr.js',
  'node-forge',
  'pg',
  'pg-copy-streams',
  'reflect-metadata',
  'typeorm',
  'zod',
];
const MAIL = ['@zip.js/zip.js', 'imapflow', 'nodemailer', 'postal-mime'];
const REGIONS = ['soap', 'xml-crypto'];

export const REACH: Readonly<Record<'gateway' | 'portal' | 'worker' | 'admin', Reach>> = {
  gateway: {
    entry: 'src/roles/gateway.ts',
    rooms: FEATURES,
    packages: [...EVERYWHERE, 'express', 'prom-client'],
  },
  portal: {
    entry: 'src/roles/portal.ts',
    rooms: [...FEATURES.filter((room) => room !== 'opposition'), 'portal'],
    // And preact, by its JSX; pdfkit is loaded by the thread that draws. SPID and CIE read and verify XML.
    packages: [...EVERYWHERE, 'express', 'preact-render-to-string', 'prom-client', 'saxes', 'xml-crypto'],
  },
  worker: {
    entry: 'src/roles/worker.ts',
    rooms: [...FEATURES, 'retention'],
    packages: [...EVERYWHERE, ...MAIL, ...REGIONS, 'express', 'prom-client'],
  },
  admin: {
    entry: 'src/roles/admin.ts',
    rooms: [...FEATURES, 'admin', 'jobs', 'monitoring', 'retention'],
    packages: EVERYWHERE,
  },
};
