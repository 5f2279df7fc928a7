/** generated/ is what the generator creates from the present wsdl/. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const check = (folder: string) =>
  spawnSync(process.execPath, [join(folder, 'dist/src/dev/codegen/main.js'), '--check'], { encoding: 'utf8' });

test('generated/ is not stale', () => {
  const { status, stderr } = check(root);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

let copy = '';
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'generated-'));
  for (const part of ['wsdl', 'generated', 'dist/src', 'package.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true, dereference: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => {
  rmSync(copy, { recursive: true });
});

test('--check names what differs, is missing or superfluous, and writes nothing', () => {
  const edited = join(copy, 'generated/TestSierologici.ts');
  writeFileSync(edited, '// edited by hand\n');
  rmSync(join(copy, 'generated/client/testsierologici/client.ts'));
  writeFileSync(join(copy, 'generated/Forgotten.ts'), '');

  const { status, stderr } = check(copy);

  expect(status).toBe(1);
  expect(stderr.split('\n').slice(0, 3)).toEqual([
    'stale: generated/Forgotten.ts',
    'stale: generated/TestSierologici.ts',
    'stale: generated/client/testsierologici/client.ts',
  ]);
  expect(readFileSync(edited, 'utf8')).toBe('// edited by hand\n');
});

test('--check detects a changed contract', () => {
  const xsd = join(copy, 'wsdl/TestSierologici.xsd');
  writeFileSync(xsd, readFileSync(xsd, 'utf8').replace(/name="dataInserimento"/, 'name="dataComunicazione"'));

  const { status, stderr } = check(copy);

  expect(status).toBe(1);
  expect(stderr).toContain('stale: generated/TestSierologici.ts');
});
