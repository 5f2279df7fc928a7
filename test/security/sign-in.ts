/** Attacks on credentials: guessing, forging headers, distinguishing failures; and injection through every field. */
import { performance } from 'node:perf_hooks';
import { attack, codeOf, fault, served } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { OPERATION, envelope, goodMessage, list } from './messages.js';
import type { Seen, Sending, Target } from './target.js';

const credentials = fault('CREDENZIALI_NON_VALIDE');
const absent = fault('AUTENTICAZIONE_ASSENTE');

/** Basic with the pincode header, like a doctor without a card. */
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
      attack('pincode of letters that are no base64', fault('MESSAGGIO_NON_VALIDO'), (at) =>
        byPassword(at, { header: '<t:pinCode>%%%%</t:pinCode>' }),
      ),
      ...tokens(target).map(([title, token]) =>
        attack(title, absent, (at) =>
          at.post(envelope(at, list(at), `<w:Security xmlns:w="${WSSE}">${token}</w:Security>`)),
        ),
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
      ...fields(target),
    ];
  },
};

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

/** What WS-Security lets a message claim about its sender: here it has no effect, signed or not. */
function tokens(target: Target): [string, string][] {
  const { userId, password } = target.identity('secondDoctor');
  const der = target.cardOf('secondDoctor').certificate.replace(/-----[^-]+-----|\s/g, '');
  const dsig = 'http://www.w3.org/2000/09/xmldsig#';
  const signature =
    `<d:Signature xmlns:d="${dsig}"><d:SignedInfo><d:Reference URI="#b"><d:DigestValue>AA==</d:DigestValue></d:Reference>` +
    `</d:SignedInfo><d:SignatureValue>AA==</d:SignatureValue><d:KeyInfo><d:X509Data><d:X509Certificate>${der}` +
    '</d:X509Certificate></d:X509Data></d:KeyInfo></d:Signature>';
  const wrapped = signature.replace('</d:Signature>', `<d:Object><s:Body id="b">${list(target)}</s:Body></d:Object>`);
  return [
    [
      'wsse:UsernameToken',
      `<w:UsernameToken><w:Username>${userId}</w:Username><w:Password>${password}</w:Password></w:UsernameToken>`,
    ],
    ['wsse:BinarySecurityToken', `<w:BinarySecurityToken id="b">${der}</w:BinarySecurityToken>`],
    ['a Signature of a foreign KeyInfo', signature],
    ['two Signatures', signature + signature],
    ['a Signature that wraps a body', `${wrapped}</d:Signature>`],
  ];
}

const injections = [
  "' OR '1'='1",
  "'; DROP TABLE auth.account; --",
  '$1 %s \\x00',
  '${jndi:ldap://127.0.0.1:9/a}',
  '\u202e\ufeff{"level":"error"}',
];

/** No text: nothing distinguishes two failures. */
const alike: Expectation = {
  expected: 'one answer, at one time',
  verdict: ({ text }) => (text === '' ? undefined : text),
};

/** The fastest of several counts: an outlier of the machine does not matter. */
const SAMPLES = 3;
/** Answers are sent at a beat of 250 ms: with a larger difference they are no longer at the same beat. */
const APART_MS = 100;
/** On a busy machine one kind may miss the beat by chance; a real difference occurs every time. */
const MOST_ROUNDS = 4;

async function tellApart(target: Target): Promise<Seen> {
  let told = '';
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { words, quickest } = await failures(target, round);
    const times = [...quickest.values()];
    const measured = [...quickest].map(([kind, ms]) => `${kind} ${Math.round(ms)} ms`).join(', ');
    if (words.size > 1) throw new Error(`${words.size} different answers`);
    told = Math.max(...times) - Math.min(...times) > APART_MS ? measured : '';
    if (told === '') break;
  }
  return { status: 500, text: told, closed: true };
}

/** Every kind of failure several times, in turn; each kind from a separate address, few enough not to lock it. */
async function failures(target: Target, round: number) {
  const { userId, password, pincode, codiceFiscale } = target.identity('coded');
  const basic = `${userId}:${password}`;
  const kinds: readonly (readonly [kind: string, basic: string, header: () => string])[] = [
    ['unknown user', 'NESSUNO:segreta', () => target.pinCode(pincode)],
    ['wrong password', `${userId}:guess`, () => target.pinCode(pincode)],
    ['wrong pincode', basic, () => target.pinCode('0000000000')],
    ['undecryptable pincode', basic, () => '<t:pinCode>AAAA</t:pinCode>'],
  ];
  const quickest = new Map<string, number>();
  const words = new Set<string>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const [index, [kind, said, header]] of kinds.entries()) {
      const message = envelope(target, list(target, { doctor: codiceFiscale }), header());
      const started = performance.now();
      const { status, text } = await target.post(message, { basic: said, from: `127.0.2.${10 * (round + 1) + index}` });
      quickest.set(kind, Math.min(quickest.get(kind) ?? Infinity, performance.now() - started));
      words.add(`${status} ${text.replace(/<idRichiesta>[^<]*/, '')}`);
    }
  }
  return { words, quickest };
}

/** Guesses come from separate addresses, so that neither the account at home nor later attacks are locked. */
function guessing(target: Target): Attack[] {
  const { pincode, password } = target.identity('coded');
  const coded = (at: Target, from: string, sending: Sending, header: string) => {
    const { codiceFiscale } = at.identity('coded');
    return at.post(envelope(at, list(at, { doctor: codiceFiscale }), header), { from, ...sending });
  };
  /** Guesses, one by one or in parallel, and then the correct secrets. */
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
    // Signed in: the refusal is about the titular of the message, for whom the caller does not act.
    attack('the owner of the guessed account, elsewhere', served('1003'), (at) =>
      coded(at, '127.0.2.3', { basic: `${at.identity('coded').userId}:${password}` }, at.pinCode(pincode)),
    ),
    attack('the failure answers, told apart by words or time', alike, tellApart),
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
          const seen = await at.post(envelope(at, `<t:${operation}>${inside}</t:${operation}>`), {
            card: at.cardOf('secondDoctor'),
          });
          if (seen.text.includes('<script')) throw new Error('the answer says the script again');
          // Judges the first one with a different answer; if all are alike, the last.
          last = seen;
          if (codeOf(seen) !== 'MESSAGGIO_NON_VALIDO') break;
        }
        return last;
      }),
    ),
  );
}
