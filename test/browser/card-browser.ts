/**
 * Chromium with a card in its own store: the browser itself does the handshake and remembers the card. Its card chooser
 * is a system window, so the machine's policy, a file of root's, chooses the card.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { PKCS12_PASSWORD } from '../../src/dev/sandbox/pki.js';

const run = promisify(execFile);
const TOOLS = ['/usr/bin/certutil', '/usr/bin/pk12util'] as const;
const POLICIES = '/etc/chromium/policies/managed';
const POLICY = join(POLICIES, 'passerella-browser-suite.json');
const CHOOSES = { AutoSelectCertificateForUrls: [JSON.stringify({ pattern: '*', filter: {} })] };

/** Why cards cannot be tested here; undefined: they can. */
export function withoutCards(): string | undefined {
  const missing = TOOLS.find((tool) => !existsSync(tool));
  if (missing !== undefined) return `there is no ${missing} (Debian: apt-get install libnss3-tools)`;
  return process.getuid?.() === 0 ? undefined : `only root writes ${POLICIES}, which chooses the certificate`;
}

/** @param pkcs12 file of the card in the reader; undefined: none */
export async function withCardIn(
  executablePath: string,
  pkcs12: string | undefined,
  work: (browser: Browser) => Promise<void>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'passerella-reader-'));
  try {
    const store = join(home, '.pki', 'nssdb');
    await mkdir(store, { recursive: true });
    await run(TOOLS[0], ['-N', '-d', `sql:${store}`, '--empty-password']);
    if (pkcs12 !== undefined) {
      await run(TOOLS[1], ['-i', pkcs12, '-d', `sql:${store}`, '-W', PKCS12_PASSWORD, '-K', '']);
    }
    await mkdir(POLICIES, { recursive: true });
    await writeFile(POLICY, JSON.stringify(CHOOSES));
    const env = { PATH: '/usr/bin:/bin', HOME: home };
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], env });
    try {
      await work(browser);
    } finally {
      await browser.close();
    }
  } finally {
    await rm(POLICY, { force: true });
    await rm(home, { recursive: true, force: true });
  }
}
