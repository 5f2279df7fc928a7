/**
 * Fails if an import breaks an arrow of docs/architecture.md, and reports why the arrow exists. The arrows themselves
 * are data in architecture-rules.ts. The second half proves that this test can fail.
 */
import { describe, expect, test } from '@jest/globals';
import { circlesOf, idleExceptions, violationsOf } from './architecture-check.js';
import type { Violation } from './architecture-check.js';
import { IMPORT_RULES } from './architecture-rules.js';
import type { Access } from '../src/audit/index.js';
import type { AdmittedAccess } from '../src/auth/index.js';
import { sourceTree } from './source-tree.js';

const said = ({ file, line, found, because }: Violation): string => `${file}:${line} ${found}: ${because}`;

const tree = await sourceTree('src', 'generated', 'test');

describe('the source tree', () => {
  test('exists', () => {
    expect([...tree.keys()]).toEqual(
      expect.arrayContaining(['src/main.ts', 'src/roles/compose.ts', 'generated/TestSierologici.ts']),
    );
  });

  test('breaks no rule', () => {
    expect(violationsOf(tree).map(said)).toEqual([]);
  });

  test('accepts no access that an operation did not create', () => {
    // Checked by the compiler: only 'refused' can be assigned while the type is nominal.
    const columnsOfTheLog: Access extends AdmittedAccess ? 'taken' : 'refused' = 'refused';
    expect(columnsOfTheLog).toBe('refused');
  });

  test('has no circular imports', () => {
    expect(circlesOf(tree)).toEqual([]);
  });

  test('needs every exception in the rules', () => {
    expect(idleExceptions(tree)).toEqual([]);
  });
});

/** A file, its content, and the target that it must not import. */
const BROKEN: readonly (readonly [file: string, text: string, target: string])[] = [
  ['src/platform/soap/service.ts', `import { isPermitted } from '../../auth/index.js';`, 'src/auth/index.ts'],
  ['src/screening/service.ts', `import { parseXml } from '../platform/soap/xml.js';`, 'src/platform/soap/xml.ts'],
  ['src/screening/service.ts', `import { createAccountStore } from '../auth/store.js';`, 'src/auth/store.ts'],
  ['src/screening/index.ts', `export { createScreeningStore } from './store.js';`, 'src/screening/store.ts'],
  ['src/roles/gateway.ts', `import { REFUSALS } from '../screening/errors.js';`, 'src/screening/errors.ts'],
  ['src/roles/compose.ts', `import { LISTED } from '../screening/store.js';`, 'src/screening/store.ts'],
  ['src/portal/doctor/page.tsx', `import { statement } from '../../platform/db/index.js';`, 'src/platform/db/index.ts'],
  ['src/asl/files.ts', `import { h } from 'preact';`, 'preact'],
  ['src/audit/access-log.ts', `import type { Principal } from '../auth/index.js';`, 'src/auth/index.ts'],
  ['src/auth/service.ts', `import { DONE } from '../screening/index.js';`, 'src/screening/index.ts'],
  ['src/registry/service.ts', `import { loadConfig } from '../config/index.js';`, 'src/config/index.ts'],
  ['src/admin/account.ts', `import { allMigrations } from '../roles/migrations.js';`, 'src/roles/migrations.ts'],
  [
    'src/screening/service.ts',
    `import { registryImport } from '../admin/registry-import.js';`,
    'src/admin/registry-import.ts',
  ],
  ['src/auth/card.ts', `import { syntheticRegistry } from '../dev/sandbox/people.js';`, 'src/dev/sandbox/people.ts'],
  ['src/config/load.ts', `import { systemClock } from '../platform/clock.js';`, 'src/platform/clock.ts'],
  ['src/main.ts', `const { createAuthService } = await import('./auth/index.js');`, 'src/auth/index.ts'],
  ['src/dev/codegen/main.ts', `export * from '../../../generated/TestSierologici.js';`, 'generated/TestSierologici.ts'],
  [
    'src/screening/model.ts',
    `type T = import('../../generated/TestSierologici.js').Esito;`,
    'generated/TestSierologici.ts',
  ],
  ['src/roles/gateway.ts', `import { createClientAsync } from 'soap';`, 'soap'],
  [
    'src/dev/roles/sandbox.ts',
    `import { client } from '../../../generated/client/testsierologici/index.js';`,
    'generated/client/testsierologici/index.ts',
  ],
  [
    'src/auth/service.ts',
    `import { createTestDatabase } from '../../test/support/database.js';`,
    'test/support/database.ts',
  ],
  [
    'src/opposition/service.ts',
    `import { SIMULATOR_PATH } from '../dev/simulator/index.js';`,
    'src/dev/simulator/index.ts',
  ],
  ['src/screening/soap.ts', `import express from 'express';`, 'express'],
  ['src/auth/service.ts', `import type { IncomingMessage } from 'node:http';`, 'node:http'],
  ['src/auth/service.ts', `import { clientFault } from '../platform/soap/index.js';`, 'src/platform/soap/index.ts'],
  ['src/screening/model.ts', `import { Column } from 'typeorm';`, 'typeorm'],
  ['src/screening/service.ts', `const { Pool } = require('pg');`, 'pg'],
  ['src/roster/service.ts', `import { SaxesParser } from 'saxes';`, 'saxes'],
  ['src/auth/pincode.ts', `import forge from 'node-forge';`, 'node-forge'],
  ['src/roles/gateway.ts', `import { createLogger } from 'winston';`, 'winston'],
  ['src/roles/gateway.ts', `import { Counter } from 'prom-client';`, 'prom-client'],
  ['src/statistics/service.ts', `import { Cron } from 'croner';`, 'croner'],
  ['src/statistics/service.ts', `import { createTransport } from 'nodemailer';`, 'nodemailer'],
  ['src/statistics/service.ts', `import { ZipWriter } from '@zip.js/zip.js';`, '@zip.js/zip.js'],
  ['src/platform/soap/reader.ts', `import { XmlDocument } from 'libxml2-wasm';`, 'libxml2-wasm'],
  ['generated/TestSierologici.ts', `import type { Clock } from '../src/platform/clock.js';`, 'src/platform/clock.ts'],
];

describe('the checker', () => {
  const foundIn = (file: string, text: string): string[] =>
    violationsOf(new Map([[file, text]])).map(({ found }) => found);

  test.each(BROKEN)('refuses in %s: %s', (file, text, target) => {
    expect(foundIn(file, text)).toContain(`imports ${target}`);
  });

  test('is tested with every rule on imports', () => {
    const tried = new Set(
      BROKEN.flatMap(([file, text]) => violationsOf(new Map([[file, text]])).map(({ because }) => because)),
    );
    expect(IMPORT_RULES.map(({ because }) => because).filter((because) => !tried.has(because))).toEqual([]);
  });

  test.each(['node:tls', 'node:https', 'imapflow', 'smtp-server', 'nodemailer'])(
    'refuses %s without the policy of TLS',
    (name) => {
      const alone = `import { createServer, type Server } from '${name}';`;
      const withPolicy = `${alone}\nimport { serverTls } from '../../platform/tls/index.js';`;
      expect(foundIn('src/dev/sandbox/mail-catcher.ts', alone)).toContain(`imports ${name} alone`);
      expect(foundIn('src/dev/sandbox/mail-catcher.ts', withPolicy)).not.toContain(`imports ${name} alone`);
      expect(foundIn('src/dev/sandbox/mail-catcher.ts', `import type { Server } from '${name}';`)).not.toContain(
        `imports ${name} alone`,
      );
    },
  );

  test.each([
    ['src/auth/password.ts', 'const level = process.env.LEVEL;', 'process.env'],
    ['src/auth/password.ts', 'const now = new Date();', 'new Date()'],
    ['src/auth/password.ts', 'const now = Date.now();', 'Date.now'],
    ['src/auth/password.ts', 'let value: Record<string, any>;', 'the type any'],
    ['src/auth/password.ts', 'const first = list[0]!;', 'list[0]!'],
    ['src/asl/service.ts', 'store.send(accessOf(call) as AdmittedAccess);', 'as AdmittedAccess'],
    [
      'src/auth/password.ts',
      '// eslint-disable-next-line no-console\nconsole.log(1);',
      'eslint-disable-next-line no-console',
    ],
    ['src/auth/password.ts', '// @ts-ignore', '@ts-ignore'],
    ['src/auth/utils.ts', '', 'its name'],
  ])('refuses in %s: %s', (file, text, found) => {
    expect(foundIn(file, text)).toEqual([found]);
  });

  test.each([
    ['src/platform/clock.ts', 'export const now = () => new Date();'],
    ['src/auth/password.ts', `const day = new Date('2020-09-01'); // never Date.now() nor process.env here`],
    ['src/auth/password.ts', '// eslint-disable-next-line no-console -- the reason'],
    ['src/config/load.ts', 'export const level = process.env.LEVEL;'],
    ['src/registry/import/run.ts', `import { rows } from '../store.js';`],
    ['src/screening/soap.ts', `import { SoapFault } from '../platform/soap/index.js';`],
    ['src/auth/store.ts', `import type { DataSource } from 'typeorm';`],
    ['src/asl/index.ts', `export type { DailyNumber } from './store.js';`],
  ])('lets pass in %s: %s', (file, text) => {
    expect(foundIn(file, text)).toEqual([]);
  });

  test('finds a circle at run time, and none of types', () => {
    const one = `import { two } from './two.js';`;
    const circle = new Map([
      ['src/a/one.ts', one],
      ['src/a/two.ts', `export { one } from './one.js';`],
    ]);
    expect(circlesOf(circle)).toEqual(['src/a/one.ts → src/a/two.ts → src/a/one.ts']);
    circle.set('src/a/two.ts', `import type { One } from './one.js'; import { type Other } from './one.js';`);
    expect(circlesOf(circle)).toEqual([]);
  });

  test('reports line and reason', () => {
    const [violation] = violationsOf(new Map([['src/roster/service.ts', `\n\nimport express from 'express';`]]));
    expect(violation).toMatchObject({ line: 3, because: expect.stringContaining('cannot be called otherwise') });
  });

  test('finds an exception that nothing needs', () => {
    expect(idleExceptions(new Map())).toContainEqual(expect.stringContaining('platform\\/log'));
  });
});
