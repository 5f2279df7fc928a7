/** Public pages, and sign-in with errors. */
import { at, focused, open, signIn, typeSecrets } from './journey.js';
import type { Journey, Walk } from './journey.js';

const PUBLIC = ['/', '/aiuto', '/stato', '/privacy', '/cookie', '/accessibilita', '/accesso', '/uscita'];

export const publicPages: Journey = {
  name: 'public pages',
  async walk(walk) {
    const { inspector, check, page, installation } = walk;
    for (const path of PUBLIC) {
      await open(walk, page, path);
      await inspector.look(page, `public ${path}`);
    }

    const bytes = await firstLoad(walk);
    check('from nothing to the list of patients a browser loads 200 kB at most', bytes <= 200_000, bytes);

    await open(walk, page, '/accesso');
    await page.click('main button[type=submit]');
    await inspector.look(page, 'sign-in with nothing typed');
    check('the focus is on the summary of errors', (await focused(page)) === 'errori', await focused(page));
    await page.click('#errori a >> nth=0');
    check('a line of the summary leads to its field', (await focused(page)) === 'utente', await focused(page));

    await page.fill('#utente', installation.identity('doctor').userId);
    await page.fill('#password', 'wrong');
    await page.fill('#pincode', '1111111111');
    await page.click('main button[type=submit]');
    await inspector.look(page, 'sign-in refused');
    const values = await Promise.all(['#utente', '#password', '#pincode'].map((field) => page.inputValue(field)));
    check('the user id is kept, the secrets are not', values.join() === `${values[0] ?? ''},,` && values[0] !== '');

    await open(walk, page, `/accesso?${new URLSearchParams({ ritorno: '//evil.example' }).toString()}`);
    await typeSecrets(walk, page, 'doctor');
    check('nobody is led to another site after signing in', at(page) === '/medico', page.url());
  },
};

/** For a browser without cache: the transferred size of the sign-in page, the list of patients, and their resources. */
async function firstLoad(walk: Walk): Promise<number> {
  const context = await walk.inspector.newContext();
  let bytes = 0;
  const sizes: Promise<void>[] = [];
  context.on('requestfinished', (request) => {
    const add = request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
      bytes += responseBodySize + responseHeadersSize;
    });
    sizes.push(add.catch(() => undefined));
  });
  const page = await context.newPage();
  await signIn(walk, page, 'doctor', '/medico/proprio/assistiti');
  await page.waitForLoadState('networkidle');
  await Promise.all(sizes);
  await context.close();
  return bytes;
}
