/** A portal with a register of consents, SPID and CIE; people by formula, who sign in without a provider. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccessLog, createRefusalLog } from '../../src/audit/index.js';
import { createCitizenSessions } from '../../src/auth/index.js';
import type { Config } from '../../src/config/index.js';
import { SANDBOX_ORGANISATION, ensureIdentityPki } from '../../src/dev/sandbox/identity-pki.js';
import { newRequestId } from '../../src/platform/ids/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { migrateConsent, openConsentDatabase } from '../../src/roles/consent.js';
import { createTestDatabase } from '../support/database.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { Fields, PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { codiceFiscale } from './registry-fixture.js';

const log = createLogger('silent');

export const CITIZEN = '/cittadino/opposizione';
export const FREE = '/libera/opposizione';
export const NOTICE_TEXT = 'Informativa della prova.\n\nSecondo paragrafo.';
export const IN_WINDOW = '2026-12-01T10:00:00Z';

export interface CardData {
  readonly subject: string;
  readonly number: string;
  /** ISO. */
  readonly expiry: string;
}

export interface OppositionPortal {
  readonly portal: TestPortal;
  /** The consent database as its owner. */
  readonly consent: DataSource;
  readonly consentUrl: string;
  /** Adds a person to the registry. @param columns unusual values */
  person(columns?: Readonly<Record<string, unknown>>): Promise<CardData>;
  /** A person signed in by SPID. */
  citizen(codice: string): Promise<Visitor>;
  /** A holder in the free area. */
  holder(card: CardData): Promise<Visitor>;
  /** The decisions of a person, oldest first. */
  decisions(subject: string): Promise<{ id: string; value: string; channel: string; noticeVersion: number }[]>;
  /** Replaces all windows by these. */
  windows(...terms: readonly (readonly [string, string])[]): Promise<void>;
  stop(): Promise<void>;
}

let made = 0;

export async function oppositionPortal(overrides: Partial<Config> = {}): Promise<OppositionPortal> {
  const directory = mkdtempSync(join(tmpdir(), 'opposition-'));
  const database = await createTestDatabase('empty');
  await migrateConsent(database.ownerUrl, log);
  const connection = { url: database.ownerUrl, poolSize: 4, statementTimeoutMs: 30_000, applicationName: 'test' };
  const consent = await openConsentDatabase(connection, log);
  const pki = await ensureIdentityPki({
    ...{ directory, origin: 'https://localhost', providersOrigin: 'https://localhost:1', now: new Date() },
  });
  const settings = { ...pki.settings, ...SANDBOX_ORGANISATION, consentDatabaseUrl: database.ownerUrl, ...overrides };
  const portal = await startTestPortal(settings);
  portal.setNow(new Date(IN_WINDOW));
  await consent.query(`INSERT INTO consent.notice VALUES (1, 'it', $1, $2)`, [NOTICE_TEXT, '2026-11-01T08:00:00Z']);
  const accessLog = createAccessLog(portal.db);
  const refusals = createRefusalLog(portal.db, accessLog, portal, log);
  const sessions = createCitizenSessions({ db: portal.db, accessLog, refusals });

  const place: OppositionPortal = {
    ...{ portal, consent, consentUrl: database.ownerUrl },
    async person(columns = {}) {
      const subject = codiceFiscale(7_000_000 + made++);
      const number = `80380001200${String(made).padStart(9, '0')}`;
      const row: Readonly<Record<string, unknown>> = {
        ...{ identifier: subject, surname: 'PROVA', given_name: 'PROVA', birth_date: '1980-01-01', status: 'in_care' },
        ...{ region_code: '120', asl_code: '120201', care_since: '2015-03-01', updated_on: '2015-03-01' },
        ...{ card_number: number, card_expiry: '2029-12-31' },
        ...columns,
      };
      const names = Object.keys(row);
      await portal.db.query(
        `INSERT INTO registry.person (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        Object.values(row),
      );
      return { subject: String(row['identifier']), number, expiry: '2029-12-31' };
    },
    async citizen(codice) {
      const visitor = portal.visitor();
      const arrival = { requestId: newRequestId(), at: portal.now(), clientAddress: '127.0.0.1' };
      visitor.setToken(await sessions.begin({ codiceFiscale: codice, method: 'spid' }, arrival));
      return visitor;
    },
    async holder(card) {
      const visitor = portal.visitor();
      const answer = await visitor.post(`${FREE}/tessera`, cardFields(card));
      if (answer.location !== `${FREE}/informativa`) throw new Error(`nobody entered: ${answer.status} ${answer.text}`);
      return visitor;
    },
    decisions: (subject) =>
      consent.query(
        `SELECT id, value, channel, notice_version AS "noticeVersion" FROM consent.decision WHERE subject = $1
         ORDER BY ordinal`,
        [subject],
      ),
    async windows(...terms) {
      await consent.query('TRUNCATE consent.notification, consent.decision, consent.acquisition_window');
      for (const [opens, closes] of terms) {
        await consent.query(
          `INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at) VALUES ($1, $2, $3)`,
          [opens, closes, '2024-01-01'],
        );
      }
    },
    async stop() {
      await portal.stop();
      await consent.destroy();
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
  await place.windows(['2024-04-22', '2024-06-30'], ['2026-11-18', '2026-12-17']);
  return place;
}

export function cardFields({ subject, number, expiry }: CardData): Fields {
  const [year = '', month = '', day = ''] = expiry.split('-');
  return { codice: subject, numero: number, 'data-giorno': day, 'data-mese': month, 'data-anno': year };
}

/** Reads the notice and acknowledges it. */
export async function acknowledge(visitor: Visitor, base: string): Promise<PageAnswer> {
  return visitor.post(`${base}/informativa`, await noticeFields(visitor, base));
}

/** The fields of the notice's form, ticked. */
export async function noticeFields(visitor: Visitor, base: string): Promise<Fields> {
  const { text } = await visitor.get(`${base}/informativa`);
  const visita = /name="visita" value="([^"]+)"/.exec(text)?.[1] ?? '';
  return { letta: '1', versione: '1', lingua: 'it', visita };
}

/** The fields of the check page's form. */
export async function checked(visitor: Visitor, base: string, scelta: string): Promise<Fields> {
  const answer = await visitor.post(`${base}/conferma`, { scelta });
  const visita = /name="visita" value="([^"]+)"/.exec(answer.text)?.[1];
  if (visita === undefined) throw new Error(`no check page: ${answer.status} ${shownIn(answer, 'h1') ?? ''}`);
  return { scelta, visita, registra: '1' };
}

/** All steps. @returns the answer to the confirmation */
export async function expressed(visitor: Visitor, base: string, scelta = 'opposition'): Promise<PageAnswer> {
  await acknowledge(visitor, base);
  return visitor.post(`${base}/conferma`, await checked(visitor, base, scelta));
}

/** Status and heading. */
export const seen = (answer: PageAnswer): readonly [number, string | undefined] => [
  answer.status,
  shownIn(answer, 'h1'),
];
