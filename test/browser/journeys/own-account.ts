/** First sign-in by a mailed link, other secrets, another address, the own accesses, forgotten secrets. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { at, open } from './journey.js';
import type { Journey, Walk } from './journey.js';

const USER = 'nuovo.medico';
const FIRST = { password: 'una frase che ricordo', pincode: '4082913756' };
const SECOND = { ...FIRST, password: 'un’altra frase, più lunga' };
const THIRD = { password: 'la terza frase è questa', pincode: '9153072846' };
const PATIENCE_MS = 30_000;

/** The link of the next mail, once the worker has sent it. */
async function nextLink({ installation }: Walk, before: number): Promise<string> {
  installation.pass(61_000); // the worker sends every minute
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    await pause(200);
    const files = (await mails(installation.mail)).slice(before);
    for (const file of files) {
      const { text = '' } = await PostalMime.parse(await readFile(file));
      const link = /https:\/\/\S+\/(?:attivazione|conferma-indirizzo)\/\S+/.exec(text)?.[0];
      if (link !== undefined) return link;
    }
  }
  throw new Error('no mail with a link came');
}

const mails = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => join(folder, name));

async function typeSecrets(page: Walk['page'], { password, pincode }: typeof FIRST): Promise<void> {
  await page.fill('#password', password);
  await page.fill('#pincode', pincode);
  await page.click('main button[type=submit]');
}

async function signIn(walk: Walk, page: Walk['page'], secrets: typeof FIRST): Promise<void> {
  await open(walk, page, '/accesso');
  await page.fill('#utente', USER);
  await typeSecrets(page, secrets);
}

export const ownAccount: Journey = {
  name: 'the own account',
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    const { db } = installation;
    await db.query(
      `INSERT INTO auth.account (user_id, codice_fiscale, role, secret_hash, created_at)
       SELECT $1, 'PROVAX00X00X999Y', 'doctor', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', $2`,
      [USER, installation.now()],
    );
    await db.query('INSERT INTO auth.email VALUES ($1, $2)', [USER, 'nuovo.medico@studio.example']);
    await db.query(`INSERT INTO auth.mail (user_id, purpose, queued_at) VALUES ($1, 'activation', $2)`, [
      USER,
      installation.now(),
    ]);
    const activation = await nextLink(walk, 0);
    await page.goto(activation);
    await inspector.look(page, 'activation');
    await typeSecrets(page, { password: 'corta', pincode: '1234567890' });
    await inspector.look(page, 'activation, refused');
    check('both faults are named', (await page.locator('#errori li').count()) === 2);
    await page.fill('#password', FIRST.password);
    await page.click('.mostra >> nth=0');
    check('what is typed is shown on demand', (await page.getAttribute('#password', 'type')) === 'text');
    await typeSecrets(page, FIRST);
    check('chosen', at(page) === '/accesso/credenziali-pronte', page.url());
    await inspector.look(page, 'activation, done');
    await page.goto(activation);
    await inspector.look(page, 'a link that was used');
    check('the link is used up', (await page.locator('#password').count()) === 0);
    await signIn(walk, page, FIRST);
    check('signed in', at(page) === '/medico', page.url());

    const other = await (await inspector.newContext()).newPage();
    await signIn(walk, other, FIRST);
    await open(walk, page, '/profilo/password');
    await inspector.look(page, 'change of the password');
    await page.fill('#password-attuale', 'sbagliata');
    await page.fill('#pincode-attuale', FIRST.pincode);
    await page.fill('#password', SECOND.password);
    await page.click('main button[type=submit]');
    await inspector.look(page, 'change of the password, refused');
    await page.fill('#password-attuale', FIRST.password);
    await page.fill('#pincode-attuale', FIRST.pincode);
    await page.fill('#password', SECOND.password);
    await page.click('main button[type=submit]');
    check('changed', at(page) === '/profilo', page.url());
    await inspector.look(page, 'profile, password changed');
    await open(walk, other, '/profilo');
    check('the other session is over', at(other).startsWith('/accesso'), other.url());
    await other.context().close();

    await open(walk, page, '/profilo/pincode');
    await inspector.look(page, 'change of the pincode');
    const before = (await mails(installation.mail)).length;
    await open(walk, page, '/profilo/email');
    await inspector.look(page, 'change of the address');
    await page.fill('#password-attuale', SECOND.password);
    await page.fill('#pincode-attuale', SECOND.pincode);
    await page.fill('#email', 'altro.indirizzo@studio.example');
    await page.click('main button[type=submit]');
    await page.goto(await nextLink(walk, before));
    await inspector.look(page, 'confirmation of the address');
    await page.click('main button[type=submit]');
    check('confirmed', at(page) === '/accesso/indirizzo-confermato', page.url());
    await inspector.look(page, 'address confirmed');
    await open(walk, page, '/profilo/accessi');
    await inspector.look(page, 'own accesses');
    check('own accesses are listed', (await page.locator('tbody tr').count()) >= 5);

    await page.click('form[action="/uscita"] button');
    await page.goto(`${installation.portal}/accesso`);
    await page.click('a[href="/accesso/recupero"]');
    await inspector.look(page, 'recovery');
    await page.click('main button[type=submit]');
    await inspector.look(page, 'recovery, nothing typed');
    const sent = (await mails(installation.mail)).length;
    await page.fill('#utente', USER);
    await page.click('main button[type=submit]');
    check('asked for', at(page) === '/accesso/recupero/inviata', page.url());
    await inspector.look(page, 'recovery, asked for');
    await page.goto(await nextLink(walk, sent));
    await inspector.look(page, 'recovery, secrets');
    await typeSecrets(page, THIRD);
    await signIn(walk, page, SECOND);
    check('the old secrets are void', at(page) === '/accesso', page.url());
    await signIn(walk, page, THIRD);
    check('the new ones count', at(page) === '/medico', page.url());
    await inspector.look(page, 'home after changes and failures');
  },
};
