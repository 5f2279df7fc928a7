/** One-time links: requesting one, choosing password and pincode with one, confirming an address. GET consumes none. */
import { beatOf } from '../../auth/index.js';
import type { Links, OpenLink } from '../../auth/index.js';
import { hasProblems } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { forAnybody, redirect, show } from '../frame/page.js';
import type { Page, PageReply, Visit } from '../frame/page.js';
import { mistypedIn } from '../profile/fields.js';
import { faultTexts } from '../profile/refusals.js';
import { AskView, ChooseView, ConfirmView, NoticeView } from './views.js';

const SENT = '/accesso/recupero/inviata';
const READY = '/accesso/credenziali-pronte';
const CONFIRMED = '/accesso/indirizzo-confermato';

export function linkPages(links: Links): readonly Page[] {
  return [
    forAnybody('/accesso/recupero', {
      get: (visit) => askPage(visit),
      async post(visit) {
        const { form, texts, arrival } = visit;
        const userId = form.text('utente');
        if (userId === '') return askPage(visit, { fields: { utente: texts.signIn.userIdMissing }, general: [] });
        await links.ask(userId, arrival);
        return redirect(SENT, undefined, { beatMs: beatOf('credentials') });
      },
    }),
    noticePage(SENT, 'sent'),
    noticePage(READY, 'ready'),
    noticePage(CONFIRMED, 'confirmed'),
    secret(
      forAnybody('/attivazione/:token', {
        async get(visit) {
          const link = await links.find(tokenOf(visit), visit.arrival);
          return link === undefined || link.purpose === 'address' ? gone(visit) : choosePage(visit, link);
        },
        async post(visit) {
          const { form, arrival, texts } = visit;
          const link = await links.find(tokenOf(visit), arrival);
          if (link === undefined || link.purpose === 'address') return gone(visit);
          const problems = missing(visit);
          if (hasProblems(problems)) return choosePage(visit, link, problems);
          const secrets = { password: form.typed('password'), pincode: form.text('pincode') };
          const faults = await links.setSecrets(tokenOf(visit), secrets, arrival);
          if (faults.length === 0) return redirect(READY, null);
          const faultsOfFields = faults.filter((fault) => fault !== 'unknown-link');
          return faultsOfFields.length < faults.length
            ? gone(visit)
            : choosePage(visit, link, { fields: faultTexts(faultsOfFields, texts), general: [] });
        },
      }),
    ),
    secret(
      forAnybody('/conferma-indirizzo/:token', {
        async get(visit) {
          const { texts, params, arrival } = visit;
          const link = await links.find(tokenOf(visit), arrival);
          if (link === undefined || link.address === null) return gone(visit);
          const view = { texts, address: link.address, action: `/conferma-indirizzo/${params['token'] ?? ''}` };
          return show(texts.links.confirmTitle, <ConfirmView {...view} />);
        },
        async post(visit) {
          return (await links.confirmAddress(tokenOf(visit), visit.arrival)) ? redirect(CONFIRMED) : gone(visit);
        },
      }),
    ),
  ];
}

/** Its URL is a secret: it is not sent to any other page. */
function secret(page: Page): Page {
  return { ...page, hasSecretPath: true };
}

const tokenOf = ({ params }: Visit): string => params['token'] ?? '';

function missing({ form, texts }: Visit): Problems {
  const { passwordMissing, pincodeMissing } = texts.signIn;
  return {
    fields: {
      ...mistypedIn(form, ['password', 'pincode'], texts),
      ...(form.typed('password') === '' ? { password: passwordMissing } : {}),
      ...(form.text('pincode') === '' ? { pincode: pincodeMissing } : {}),
    },
    general: [],
  };
}

function askPage({ texts, form }: Visit, problems?: Problems): PageReply {
  const prefix = problems === undefined ? '' : texts.form.titlePrefix;
  const body = <AskView texts={texts} userId={form.text('utente', 64)} problems={problems} />;
  return show(prefix + texts.links.askTitle, body, { status: problems === undefined ? 200 : 422 });
}

function choosePage({ texts, params }: Visit, link: OpenLink, problems?: Problems): PageReply {
  const prefix = problems === undefined ? '' : texts.form.titlePrefix;
  const view = { texts, link, problems, action: `/attivazione/${params['token'] ?? ''}` };
  const title = prefix + texts.links.chooseTitle[link.purpose === 'activation' ? 'activation' : 'recovery'];
  return show(title, <ChooseView {...view} />, { status: problems === undefined ? 200 : 422 });
}

function gone({ texts }: Visit): PageReply {
  const { title, text } = texts.links.gone;
  return show(
    title,
    <NoticeView {...{ title, text }} link={{ href: '/accesso/recupero', text: texts.links.again }} />,
    {
      status: 404,
    },
  );
}

function noticePage(path: string, name: 'sent' | 'ready' | 'confirmed'): Page {
  return forAnybody(path, {
    get({ texts }) {
      const { title, text } = texts.links[name];
      return show(title, <NoticeView {...{ title, text }} link={{ href: '/accesso', text: texts.links.toSignIn }} />);
    },
  });
}
