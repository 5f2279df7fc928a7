/** Attacks on credentials: guessing, forging headers, asking for what is another's; and injection through every field. */
import { attack, fault, served, status } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { OPERATION, envelope, goodMessage, list } from './messages.js';
import type { Seen, Sending, Target } from './target.js';

const credentials = fault('CREDENZIALI_NON_VALIDE');
const absent = fault('AUTENTICAZIONE_ASSENTE');

/** Basic with the pincode header, as a doctor without a card. */
function byPassword(
  target: Target,
  changes: { user?: string; password?: string; header?: string; from?: string } = {},
) {
  const { userId, password, pincode } = target.identity('secondDoctor');
  const { user = userId, password: said = password, header = target.pinCode(pincode), from } = changes;
  return target.post(envelope(target, list(target), header), { basic: `${user}:${said}`, from });
}

function bare(title: string, expectation: Expectation, headers: Record<string, string>): Attack {
  return attack(title, expectation, (target) => target.post(goodMessage(target), { headers }));
}

export const signInFamily: Family = {
  name: 'sign-in',
  attacks(target) {
    const der = target.cardOf('secondDoctor').certificate.replace(/-----[^-]+-----|\s/g, '');
    return [
      attack('nothing presented', absent, (at) => at.post(goodMessage(at))),
      bare('Client-Cert from no proxy', absent, { 'Client-Cert': `:${der}:` }),
      bare('headers of other proxies', absent, {
        'X-SSL-Client-Cert': der,
        'X-Client-Cert': der,
        'X-Forwarded-Client-Cert': `Cert="${der}"`,
        'SSL-Client-Verify': 'SUCCESS',
        'X-Forwarded-User': target.identity('doctor').userId,
      }),
      ...[
        'Basic',
        'Basic ',
        'Basic %%%',
        'Basic AAAA',
        `Basic ${'A'.repeat(8_000)}`,
        'Basic AGE6Yg==',
        'Bearer e30.e30.',
        'Negotiate TlRMTVNTUAAB',
        'Digest username="a"',
      ].map((value) => bare(`Authorization ${value.slice(0, 24)}`, absent, { Authorization: value })),
      attack('Basic without pincode', fault('PINCODE_ASSENTE'), (at) => byPassword(at, { header: '' })),
      attack('Basic with an empty pincode', fault('PINCODE_ASSENTE'), (at) =>
        byPassword(at, { header: '<t:pinCode/>' }),
      ),
      attack('pincode without Basic', absent, (at) =>
        at.post(envelope(at, list(at), at.pinCode(at.identity('secondDoctor').pincode))),
      ),
      attack('good password and pincode', served(), (at) => byPassword(at)),
      attack('replayed pincode encryption (allowed: see docs/security.md)', served(), async (at) => {
        const header = at.pinCode(at.identity('secondDoctor').pincode);
        await byPassword(at, { header });
        return byPassword(at, { header });
      }),
      ...injections.map((text) =>
        attack(`user id ${text}`, credentials, (at) =>
          byPassword(at, { user: text.replaceAll(':', ''), from: '127.0.1.1' }),
        ),
      ),
      ...injections.map((text) =>
        attack(`password ${text}`, credentials, (at) =>
          byPassword(at, { user: 'NESSUNO', password: text, from: '127.0.1.2' }),
        ),
      ),
      ...guessing(target),
      ...foreign(target),
      ...fields(target),
    ];
  },
};

const injections = [
  "' OR '1'='1",
  "'; DROP TABLE auth.account; --",
  '$1 %s \\x00',
  '${jndi:ldap://127.0.0.1:9/a}',
  '\u202e\ufeff{"level":"error"}',
];

/** Guesses come from addresses of their own, so that neither the account at home nor later attacks are locked. */
function guessing(target: Target): Attack[] {
  const { pincode, password } = target.identity('coded');
  const coded = (at: Target, from: string, sending: Sending, header: string) => {
    const { codiceFiscale } = at.identity('coded');
    return at.post(envelope(at, list(at, { doctor: codiceFiscale }), header), { from, ...sending });
  };
  /** Guesses, in turn or at once, and then what is right. */
  const after = async (at: Target, from: string, guesses: () => Promise<unknown>): Promise<Seen> => {
    await guesses();
    const { userId } = at.identity('coded');
    const headers = { 'X-Forwarded-For': '192.0.2.200' };
    return coded(at, from, { basic: `${userId}:${password}`, headers }, at.pinCode(pincode));
  };
  const six = [1, 2, 3, 4, 5, 6];
  if (!target.isLocal) return [];
  return [
    attack('six passwords, then the right one from a forged address', credentials, (at) =>
      after(at, '127.0.2.1', async () => {
        for (const guess of six) {
          const basic = `${at.identity('coded').userId}:guess${guess}`;
          await coded(at, '127.0.2.1', { basic }, at.pinCode(pincode));
        }
      }),
    ),
    attack('six pincodes at once, then the right one', credentials, (at) =>
      after(at, '127.0.2.2', () => {
        const basic = `${at.identity('coded').userId}:${password}`;
        return Promise.all(six.map((guess) => coded(at, '127.0.2.2', { basic }, at.pinCode(String(guess)))));
      }),
    ),
    attack('the owner of the guessed account, elsewhere', status(200), (at) =>
      coded(at, '127.0.2.3', { basic: `${at.identity('coded').userId}:${password}` }, at.pinCode(pincode)),
    ),
  ];
}

/** What is another's is refused as an outcome, with no data. */
function foreign(target: Target): Attack[] {
  const { codiceFiscale } = target.identity('doctor');
  const { codiceFiscale: own } = target.identity('secondDoctor');
  const titular = list(target).replace(
    `<t:codiceFiscaleMedicoTitolare>${own}<`,
    `<t:codiceFiscaleMedicoTitolare>${codiceFiscale}<`,
  );
  const refused: Expectation = {
    expected: '200, refused, no data',
    verdict: (seen) =>
      seen.status === 200 && !seen.text.includes('<esito>0000<') && !seen.text.includes('<assistito>')
        ? undefined
        : String(seen.status),
  };
  const card = (body: string) => (at: Target) => at.post(envelope(at, body), { card: at.cardOf('secondDoctor') });
  return [
    attack('another doctor’s name', refused, card(list(target, { doctor: codiceFiscale }))),
    attack('another titular’s list', refused, card(titular)),
  ];
}

function fields(target: Target): Attack[] {
  const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const { codiceFiscale } = target.identity('secondDoctor');
  const shapes: Readonly<Record<string, readonly string[]>> = {
    [OPERATION]: [],
    invioTestSierologico: ['codiceFiscaleAssistito', 'dataEsecuzioneTest'],
    annullamentoTestSierologico: ['codiceFiscaleAssistito', 'identificativoTransazione'],
    scaricoElencoTestSierologici: ['dataInizioIntervallo', 'dataFineIntervallo'],
  };
  return Object.entries(shapes).flatMap(([operation, own]) =>
    ['codiceFiscaleMedico', 'codiceFiscaleMedicoTitolare', ...own].map((field) =>
      attack(`SQL and log lines in ${operation}/${field}`, fault('MESSAGGIO_NON_VALIDO'), async (at) => {
        let last: Seen = { status: 0, text: '', closed: true };
        for (const text of [...injections.slice(0, 2), '\r\n{"level":"error"}', '<script>alert(1)</script>']) {
          const value = (name: string) => (name === field ? escape(text) : codiceFiscale);
          const inside = ['codiceFiscaleMedico', 'codiceFiscaleMedicoTitolare', ...own]
            .map((name) => `<t:${name}>${value(name)}</t:${name}>`)
            .join('');
          last = await at.post(envelope(at, `<t:${operation}>${inside}</t:${operation}>`), {
            card: at.cardOf('secondDoctor'),
          });
          if (last.text.includes('<script')) return { ...last, status: 200 };
        }
        return last;
      }),
    ),
  );
}
