/**
 * What the process of each role may load, as data. A new row is a decision: it costs memory and adds an attack surface.
 */

export interface Reach {
  /** The file that main.ts loads for the role. */
  readonly entry: string;
  /** Folders of src/, besides platform, config and roles, which every role has. */
  readonly rooms: readonly string[];
  /** Packages that our own files import. */
  readonly packages: readonly string[];
}

// A role has the migrations of every feature: it refuses a database of another release.
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
    rooms: [...FEATURES, 'portal'],
    // The drawing thread loads pdfkit. SPID and CIE read and verify XML.
    packages: [...EVERYWHERE, 'express', 'preact', 'preact-render-to-string', 'prom-client', 'saxes', 'xml-crypto'],
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
