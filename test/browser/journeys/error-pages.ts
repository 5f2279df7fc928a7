/** Error pages, in the frame, each with the request's id in the log; and an empty list. */
import { open, signIn } from './journey.js';
import type { Journey } from './journey.js';

export const errorPages: Journey = {
  name: 'error pages',
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    const errors: [string, number, () => Promise<unknown>][] = [
      ['a page that is not there', 404, () => open(walk, page, '/nessuna')],
      ['a method that the page has not', 405, () => open(walk, page, '/profilo/sessioni')],
      ['a parameter twice', 400, () => open(walk, page, '/accesso?ritorno=1&ritorno=2')],
      ['a form of another site', 403, () => postFromElsewhere()],
    ];
    async function postFromElsewhere(): Promise<void> {
      await page.goto('about:blank');
      await page.setContent(`<form method="post" action="${installation.portal}/accesso"><button>x</button></form>`);
      await Promise.all([page.waitForURL(/accesso/), page.click('button')]);
    }
    for (const [what, status, ask] of errors) {
      const answered = page.waitForResponse(
        (response) => response.request().isNavigationRequest() && response.status() === status,
      );
      await ask();
      const answer = await answered;
      const id = answer.headers()['x-request-id'] ?? '';
      check(`${what}: ${status}, with its id`, id !== '' && (await page.textContent('main'))?.includes(id) === true);
      check(
        `which is in the log`,
        installation.logged.some((line) => line.includes(id)),
      );
      await inspector.look(page, `error: ${what}`);
    }

    await installation.db.query(
      'DELETE FROM roster.listed_person l USING registry.person p WHERE p.identifier = l.person AND p.doctor = $1',
      [installation.identity('coded').codiceFiscale],
    );
    await signIn(walk, page, 'coded', '/medico/proprio/assistiti');
    await inspector.look(page, 'list of patients, empty');
  },
};

/** The database unavailable: the remaining pages explain the problem. */
export const withoutDatabase: Journey = {
  name: 'the database away',
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    await signIn(walk, page, 'doctor', '/medico');
    await installation.stopDatabase();
    const answer = page.waitForResponse((response) => response.status() === 503);
    await open(walk, page, '/medico/proprio/assistiti');
    check('503 says when to come back', ((await answer).headers()['retry-after'] ?? '') !== '');
    await inspector.look(page, 'error: the database is away');
    await open(walk, page, '/stato');
    await inspector.look(page, 'state of the service, database away');
    await open(walk, page, '/aiuto');
    check('what needs no database is there', (await page.title()).startsWith('Aiuto'), await page.title());
  },
};
