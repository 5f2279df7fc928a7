/** The counter of an office: where an intermediary begins, and the look-up of the person who has come. */
import type { NamedOffice } from '../../auth/index.js';
import { OPPOSITION_REFUSALS } from '../../opposition/index.js';
import type { OwnOffice } from '../../opposition/index.js';
import { isPersonIdentifier } from '../../platform/ids/index.js';
import { ErrorSummary, NO_PROBLEMS, SubmitButton, TextField } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { PageError, forOperation, redirect, show } from '../frame/page.js';
import type { Page, PageReply } from '../frame/page.js';
import type { OppositionServices } from '../opposition/services.js';
import { journeyPages } from '../opposition/steps.js';
import { NoOfficeView } from '../sign-in/views.js';
import type { Catalogue } from '../texts/index.js';
import { counterJourney } from './journey.js';
import { COUNTER, COUNTER_HOME, COUNTER_SUBJECT } from './paths.js';
import { keepPerson, newPerson } from './person.js';

export function counterPages(services: OppositionServices): readonly Page[] {
  const { register } = services;
  return [
    forOperation('office-own', COUNTER_HOME, {
      async get({ call, session, texts }) {
        const { offices } = await register().offices.own(call, {});
        if (offices === undefined) throw new PageError(403);
        if (offices.length === 0) return show(texts.signIn.noOffice, <NoOfficeView texts={texts} />);
        const { title } = texts.counter;
        return show(title, <HomeView {...{ texts, office: session.office, offices }} />);
      },
    }),
    forOperation('opposition-eligibility', COUNTER_SUBJECT, {
      get: ({ texts, session }) =>
        session.office === undefined ? redirect(COUNTER_HOME) : subjectPage(texts, session.office, ''),
      async post(visit) {
        const { call, form, texts, session } = visit;
        if (session.office === undefined) return redirect(COUNTER_HOME);
        const typed = form.text('codice', 20);
        const subject = typed.toUpperCase().replaceAll(' ', '');
        const refuse = (text: string, status: number): PageReply =>
          subjectPage(texts, session.office, typed, { fields: { codice: text }, general: [] }, status);
        if (!isPersonIdentifier(subject)) return refuse(texts.counter.subjectForm, 422);
        const { refusals, opposition } = await register().opposition.eligibility(call, { subject });
        const [refusal] = refusals;
        if (refusal !== undefined || opposition === undefined) {
          return refuse(OPPOSITION_REFUSALS[refusal ?? 'not-permitted'], refusal === 'too-many-lookups' ? 429 : 422);
        }
        await keepPerson(visit, newPerson(subject));
        return redirect(COUNTER);
      },
    }),
    ...journeyPages(counterJourney(), services),
  ];
}

function subjectPage(
  texts: Catalogue,
  office: NamedOffice | undefined,
  typed: string,
  problems = NO_PROBLEMS,
  status = 200,
): PageReply {
  const prefix = problems === NO_PROBLEMS ? '' : texts.form.titlePrefix;
  const body = <SubjectView {...{ texts, office, typed, problems }} />;
  return show(prefix + texts.counter.subject, body, { status, retryAfter: status === 429 ? 120 : undefined });
}

interface HomeProps {
  readonly texts: Catalogue;
  /** undefined: none is chosen. */
  readonly office: NamedOffice | undefined;
  readonly offices: readonly OwnOffice[];
}

function HomeView({ texts, office, offices }: HomeProps) {
  const { counter } = texts;
  const own = offices.find(({ code }) => code === office?.office);
  return (
    <div class="colonna">
      <h1>{counter.title}</h1>
      {own === undefined ? (
        <>
          <p class="lead">{office === undefined ? counter.chooseOffice : counter.withdrawn(office.name)}</p>
          <p>
            <a class="btn btn-primary" href="/accesso/profilo">
              {counter.toOffices}
            </a>
          </p>
        </>
      ) : (
        <>
          <p class="lead">{counter.lead}</p>
          <dl class="dati">
            <dt>{counter.office}</dt>
            <dd>
              {own.name} ({own.code})
            </dd>
            <dt>{counter.regions}</dt>
            <dd>{own.regions.map((region) => texts.regions[region] ?? region).join(', ')}</dd>
          </dl>
          <p>
            <a class="btn btn-primary" href={COUNTER_SUBJECT}>
              {counter.begin}
            </a>
          </p>
          {offices.length > 1 ? (
            <p>
              <a href="/accesso/profilo">{counter.toOffices}</a>
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}

interface SubjectProps {
  readonly texts: Catalogue;
  readonly office: NamedOffice | undefined;
  readonly typed: string;
  readonly problems: Problems;
}

function SubjectView({ texts, office, typed, problems }: SubjectProps) {
  const { counter } = texts;
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{counter.subject}</h1>
      <p class="lead">{counter.subjectLead}</p>
      {office === undefined ? null : <p>{counter.forOffice(office.name)}</p>}
      <form method="post" action={COUNTER_SUBJECT} novalidate>
        <TextField
          {...{ problems, texts, name: 'codice', label: counter.code, hint: counter.codeHint, value: typed }}
          {...{ maxLength: 20, width: 'short' }}
          autocomplete="off"
        />
        <SubmitButton text={counter.lookUp} />
      </form>
      <p>{counter.recorded}</p>
    </div>
  );
}
