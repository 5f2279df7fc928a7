/** What anybody may open, and signing in with mistakes. */
import { at, focused, open, typeSecrets } from './journey.js';
import type { Journey } from './journey.js';

const PUBLIC = ['/', '/aiuto', '/stato', '/privacy', '/cookie', '/accessibilita', '/accesso', '/uscita'];

export const publicPages: Journey = {
  name: 'public pages',
  async walk(walk) {
    const { inspector, check, page, installation } = walk;
    for (const path of PUBLIC) {
      await open(walk, page, path);
      await inspector.look(page, `public ${path}`);
    }

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
