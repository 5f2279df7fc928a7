/** [S-2] Sign-in to the portal by card, over real handshakes: each kind of card, and every misuse of the passage. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { CNS_CA_NAME, issueCa, issueCard } from '../../src/dev/sandbox/pki.js';
import type { CertificateAndKey } from '../../src/dev/sandbox/pki.js';
import { cardName } from '../security/cards.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';

const SECOND = 1_000;
const DAY_MS = 86_400_000;

let portal: TestPortal;
let ca: CertificateAndKey;

beforeAll(async () => {
  portal = await startTestPortal();
  const { cns } = portal.pki;
  ca = { certificate: readFileSync(cns.ca, 'utf8'), key: readFileSync(cns.caKey, 'utf8') };
});
beforeEach(() => {
  portal.setNow(new Date());
});
afterAll(() => portal.stop());

const holder = () => portal.account('doctor').codiceFiscale;
const validity = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * DAY_MS),
  notAfter: new Date(Date.now() + to * DAY_MS),
});

const rowsOf = (
  answer: PageAnswer,
): Promise<{ operation: string; outcome: string; method: string; user_id: string | null }[]> =>
  portal.db.query('SELECT operation, outcome, method, user_id FROM audit.access_log WHERE request_id = $1', [
    answer.headers['x-request-id'],
  ]);

const sessions = (): Promise<{ user_id: string; method: string }[]> =>
  portal.db.query('SELECT user_id, method FROM auth.session ORDER BY id');

/** From the sign-in page to the card host. @returns its URL with the ticket's mark */
async function begin(visitor: Visitor, returnTo = ''): Promise<string> {
  const query = returnTo === '' ? '' : `?${new URLSearchParams({ ritorno: returnTo }).toString()}`;
  const { status, location = '' } = await visitor.get(`/accesso/carta${query}`);
  expect([status, location.split('?')[0]]).toEqual([303, `${portal.cardUrl}/carta`]);
  return location;
}

const pathOf = ({ location = '' }: PageAnswer): string => {
  expect(location.startsWith(`${portal.url}/`)).toBe(true);
  return location.slice(portal.url.length);
};

/** Up to the page that asks whether to continue. @returns the path with the code */
async function shown(visitor: Visitor, card: CertificateAndKey): Promise<string> {
  return pathOf(await visitor.present(await begin(visitor), card));
}

describe('a valid card', () => {
  test.each([
    ['doctor', '/medico'],
    ['aslOperator', '/asl'],
  ] as const)('of a %s: confirmation, then the role’s start page', async (role, home) => {
    const visitor = portal.visitor();
    const { userId, codiceFiscale } = portal.account(role);
    const result = await shown(visitor, portal.card(role));
    expect(result).toMatch(/^\/accesso\/carta\/esito\?codice=[\w-]{43}$/);
    const claimed = await visitor.get(result);
    expect([claimed.status, claimed.location]).toEqual([303, '/accesso/carta/prosegui']);
    const page = await visitor.get('/accesso/carta/prosegui');
    expect(shownIn(page, 'main')).toContain(`Prosegui come ${codiceFiscale}`);
    expect(visitor.token()).toBeUndefined();
    const done = await visitor.post('/accesso/carta/prosegui');
    expect([done.status, done.location]).toEqual([303, '/accesso']);
    expect(await rowsOf(done)).toEqual([
      { operation: 'session-begin', outcome: '0000', method: 'card', user_id: userId },
    ]);
    expect([...visitor.cookies.keys()]).toEqual(['__Host-sessione']);
    expect((await visitor.get('/accesso')).location).toBe(home);
    expect((await visitor.get(home)).status).toBe(200);
    expect((await sessions()).at(-1)).toEqual({ user_id: userId, method: 'card' });
  });

  test('returns to the page that required the sign-in, and to no other site', async () => {
    for (const [wanted, reached] of [
      ['/medico/proprio/test', '/medico/proprio/test'],
      ['//evil.example', '/accesso'],
    ]) {
      const visitor = portal.visitor();
      const address = await begin(visitor, wanted);
      await visitor.get(pathOf(await visitor.present(address, portal.card('doctor'))));
      expect((await visitor.post('/accesso/carta/prosegui')).location).toBe(reached);
    }
  });

  test('creates a new token: one that was planted before is useless', async () => {
    const visitor = portal.visitor();
    const planted = 'A'.repeat(43);
    visitor.setToken(planted);
    await visitor.get(await shown(visitor, portal.card('doctor')));
    await visitor.post('/accesso/carta/prosegui');
    expect(visitor.token()).not.toBe(planted);
    visitor.setToken(planted);
    expect((await visitor.get('/medico')).status).toBe(303);
  });

  test('after signing out the page asks to remove the card and close the browser', async () => {
    const visitor = await signedIn();
    const out = await visitor.post('/uscita');
    expect(out.location).toBe('/uscita/carta');
    expect(shownIn(await visitor.get('/uscita/carta'), 'main')).toMatch(/togli la carta dal lettore e chiudi/);
    expect((await visitor.get('/medico')).status).toBe(303);
  });

  test('on the TLS version that cards can sign for', async () => {
    const { port } = new URL(portal.cardUrl);
    const protocol = await new Promise<string | null>((resolve, reject) => {
      const { certificate: cert, key } = portal.card('doctor');
      const options = { port: Number(port), host: '127.0.0.1', servername: 'carta.localhost', cert, key };
      const socket = connect({ ...options, ca: readFileSync(portal.pki.server.ca), ALPNProtocols: ['h2', 'http/1.1'] });
      socket.on('error', reject).on('secureConnect', () => {
        resolve(`${socket.getProtocol() ?? ''} ${String(socket.alpnProtocol)}`);
        socket.destroy();
      });
    });
    expect(protocol).toBe('TLSv1.2 http/1.1');
  });
});

async function signedIn(card = portal.card('doctor')): Promise<Visitor> {
  const visitor = portal.visitor();
  await visitor.get(await shown(visitor, card));
  await visitor.post('/accesso/carta/prosegui');
  expect(visitor.token()).toBeDefined();
  return visitor;
}

describe('a refused card', () => {
  interface Case {
    readonly refusal: string;
    readonly outcome: string;
    /** The holder for whom the issuer vouches. */
    readonly isVouchedFor?: true;
    readonly card: () => Promise<CertificateAndKey | undefined> | CertificateAndKey | undefined;
  }
  const of = (options: Partial<Parameters<typeof issueCard>[1]> = {}, issuer = ca) =>
    issueCard(issuer, { commonName: cardName(holder()), ...options });
  let minutes = 0;
  const cases: readonly (readonly [string, Case])[] = [
    ['none', { refusal: 'assente', outcome: 'none-presented', card: () => undefined }],
    [
      'expired',
      { refusal: 'scaduta', outcome: 'certificate-expired', isVouchedFor: true, card: () => portal.card('expired') },
    ],
    [
      'not yet valid',
      {
        ...{ refusal: 'non-ancora-valida', outcome: 'certificate-not-yet-valid', isVouchedFor: true },
        card: () => of(validity(2, 4)),
      },
    ],
    [
      'revoked',
      { refusal: 'revocata', outcome: 'certificate-revoked', isVouchedFor: true, card: () => portal.card('revoked') },
    ],
    [
      'of another policy',
      { refusal: 'non-cns', outcome: 'certificate-not-cns', card: () => of({ policies: ['1.2.3.4'] }) },
    ],
    [
      'for signatures',
      { refusal: 'non-cns', outcome: 'certificate-not-cns', card: () => of({ keyUsage: ['nonRepudiation'] }) },
    ],
    [
      'of a foreign CA with the name of ours',
      {
        ...{ refusal: 'emittente', outcome: 'certificate-untrusted' },
        card: async () => of({}, await issueCa(undefined, { commonName: CNS_CA_NAME, ...validity(-9, 9) })),
      },
    ],
    [
      'whose name and serial number differ',
      {
        ...{ refusal: 'identita', outcome: 'certificate-identity' },
        card: () => of({ serialNumber: `TINIT-${portal.account('secondDoctor').codiceFiscale}` }),
      },
    ],
    [
      'of somebody without an account',
      {
        ...{ refusal: 'non-abilitata', outcome: 'not-enabled', isVouchedFor: true },
        card: () => of({ commonName: cardName('VRDLGU70A01H501F') }),
      },
    ],
  ];

  test.each(cases)('%s: a page of the site, and a row', async (_, { refusal, outcome, isVouchedFor, card }) => {
    portal.setNow(new Date(Date.now() + ++minutes * 60 * SECOND)); // the first of a kind in a minute gets a row
    const before = await sessions();
    const visitor = portal.visitor();
    const answer = await visitor.present(await begin(visitor), await card());
    expect([answer.status, pathOf(answer)]).toEqual([303, `/accesso/carta/${refusal}`]);
    const [row, ...others] = await rowsOf(answer);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ operation: 'session-begin', outcome: `sign-in:${outcome}`, method: 'card' });
    expect(row?.user_id !== null).toBe(isVouchedFor === true);
    const page = await visitor.get(pathOf(answer));
    expect(page.status).toBe(200);
    expect(page.text).toContain('href="/accesso"');
    expect(page.text).toContain('href="/aiuto/carta"');
    expect((await visitor.get('/accesso/carta/prosegui')).location).toBe('/accesso/carta/interrotto');
    expect(await sessions()).toEqual(before);
  });

  test('a suspended account is not enabled, and its session ends', async () => {
    const { userId } = portal.account('substitute');
    const visitor = await signedIn(portal.card('substitute'));
    const half = portal.visitor();
    await half.get(await shown(half, portal.card('substitute')));
    await portal.db.query(
      `UPDATE auth.account SET suspended_at = now(), credential_version = credential_version + 1 WHERE user_id = $1`,
      [userId],
    );
    try {
      expect((await visitor.get('/medico')).status).toBe(303);
      const late = await half.post('/accesso/carta/prosegui');
      expect([late.location, half.token()]).toEqual(['/accesso/carta/interrotto', undefined]);
      expect(await shown(portal.visitor(), portal.card('substitute'))).toBe('/accesso/carta/non-abilitata');
    } finally {
      await portal.db.query('UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1', [userId]);
    }
  });

  test('a session ends when its card expires', async () => {
    const card = await issueCard(ca, { commonName: cardName(holder()), ...validity(-1, 0.01) });
    const visitor = await signedIn(card);
    portal.setNow(new Date(Date.now() + 10 * 60 * SECOND));
    expect((await visitor.get('/medico')).status).toBe(200);
    portal.setNow(new Date(Date.now() + 15 * 60 * SECOND));
    expect((await visitor.get('/medico')).status).toBe(303);
  });
});

describe('the code', () => {
  const INTERRUPTED = '/accesso/carta/interrotto';

  async function refused(visitor: Visitor, path: string): Promise<void> {
    const answer = await visitor.get(path);
    expect([answer.status, answer.location]).toEqual([303, INTERRUPTED]);
    expect((await visitor.get('/accesso/carta/prosegui')).location).toBe(INTERRUPTED);
  }

  test('is valid once', async () => {
    const visitor = portal.visitor();
    const path = await shown(visitor, portal.card('doctor'));
    expect((await visitor.get(path)).location).toBe('/accesso/carta/prosegui');
    await visitor.post('/accesso/carta/prosegui');
    visitor.setToken(undefined);
    await refused(visitor, path);
  });

  test('cannot be redeemed twice, nor confirmed twice', async () => {
    const visitor = portal.visitor();
    const path = await shown(visitor, portal.card('doctor'));
    const ticket = [...visitor.cookies];
    const answers = await Promise.all([visitor.get(path), visitor.get(path), visitor.get(path)]);
    expect(answers.map(({ location }) => location).sort()).toEqual([
      ...[INTERRUPTED, INTERRUPTED],
      '/accesso/carta/prosegui',
    ]);
    const before = (await sessions()).length;
    const twice = portal.visitor();
    for (const [name, value] of ticket) twice.cookies.set(name, value);
    await Promise.all([visitor.post('/accesso/carta/prosegui'), twice.post('/accesso/carta/prosegui')]);
    expect((await sessions()).length).toBe(before + 1);
  });

  test('is valid for a minute', async () => {
    const visitor = portal.visitor();
    const path = await shown(visitor, portal.card('doctor'));
    portal.setNow(new Date(Date.now() + 61 * SECOND));
    await refused(visitor, path);
    const slow = portal.visitor();
    await slow.get(await shown(slow, portal.card('doctor')));
    portal.setNow(new Date(portal.now().getTime() + 6 * 60 * SECOND));
    expect((await slow.post('/accesso/carta/prosegui')).location).toBe(INTERRUPTED);
    expect(slow.token()).toBeUndefined();
  });

  test('is valid in the browser that started: an attacker’s code signs nobody in to the attacker’s account', async () => {
    const attacker = portal.visitor();
    const path = await shown(attacker, portal.card('doctor'));
    const victim = portal.visitor();
    await refused(victim, path);
    await begin(victim); // with the attacker's own ticket
    await refused(victim, path);
    expect((await victim.post('/accesso/carta/prosegui')).location).toBe(INTERRUPTED);
    expect(victim.token()).toBeUndefined();
    expect((await attacker.get(path)).location).toBe('/accesso/carta/prosegui');
  });

  test('leaves a row when it is refused', async () => {
    const somebody = portal.visitor();
    portal.setNow(new Date(Date.now() + 3 * 60 * SECOND)); // a minute of its own: the first of a kind gets a row
    const answer = await somebody.get(`/accesso/carta/esito?codice=${'A'.repeat(43)}`);
    expect(await rowsOf(answer)).toEqual([
      { operation: 'session-begin', outcome: 'passage', method: 'card', user_id: null },
    ]);
  });

  test('appears in no log, and only its hash is in the database', async () => {
    const visitor = portal.visitor();
    const path = await shown(visitor, portal.card('doctor'));
    const code = path.split('=')[1] ?? '';
    const [ticket = ''] = [...visitor.cookies.values()].map((value) => value.split('.')[0] ?? '');
    await visitor.get(path);
    const [{ text }]: [{ text: string }] = await portal.db.query(
      `SELECT string_agg(p::text, ' ') AS text FROM auth.passage p`,
    );
    const hash = createHash('sha256').update(code).digest('hex');
    expect(text).toContain(hash);
    const log = JSON.stringify(portal.logged);
    for (const secret of [code, ticket]) {
      expect(text).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
  });
});

describe('the card host', () => {
  test.each(['/', '/accesso', '/medico', '/carta/', '/carta/x', '/favicon.ico', '/risorse/portal.css'])(
    'has no page %s',
    async (path) => {
      const answer = await portal.visitor().present(portal.cardUrl + path, portal.card('doctor'));
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
      expect(answer.headers['set-cookie']).toBeUndefined();
    },
  );

  test('stores nothing, sends no referrer, and ends the connection', async () => {
    const visitor = portal.visitor();
    const { headers } = await visitor.present(await begin(visitor), portal.card('doctor'));
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      connection: 'close',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('redirects visitors without a ticket to the start', async () => {
    for (const query of ['', '?biglietto=', '?biglietto=x', `?biglietto=${'A'.repeat(44)}`]) {
      const answer = await portal.visitor().present(`${portal.cardUrl}/carta${query}`, portal.card('doctor'));
      expect(pathOf(answer)).toBe('/accesso/carta');
    }
  });

  test('ignores a Client-Cert header from outside', async () => {
    const visitor = portal.visitor();
    const { raw } = new X509Certificate(portal.card('doctor').certificate);
    const forwarded = { 'Client-Cert': `:${raw.toString('base64')}:` };
    const answer = await visitor.present(await begin(visitor), undefined, forwarded);
    expect(pathOf(answer)).toBe('/accesso/carta/assente');
  });
});

test('without a card host the portal offers no card', async () => {
  const plain = await startTestPortal({}, false);
  try {
    expect((await portal.visitor().get('/accesso')).text).toContain('href="/accesso/carta"');
    expect((await plain.visitor().get('/accesso')).text).not.toContain('/accesso/carta');
    for (const path of ['/accesso/carta', '/accesso/carta/esito', '/aiuto/carta']) {
      expect((await plain.visitor().get(path)).status).toBe(404);
    }
  } finally {
    await plain.stop();
  }
});
