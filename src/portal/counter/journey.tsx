/** The steps of the opposition at a counter: an intermediary acts for the person who was looked up (2.1) [O-7]. */
import { OPPOSITION_REFUSALS } from '../../opposition/index.js';
import { forOperation, redirect } from '../frame/page.js';
import type { ActingVisit, Reply } from '../frame/page.js';
import { answersOf } from '../opposition/journey.js';
import type { Journey, StartProps, Step } from '../opposition/journey.js';
import { COUNTER, COUNTER_SUBJECT } from './paths.js';
import { keepPerson, personAt } from './person.js';

export function counterJourney(): Journey {
  const onWay =
    (step: Step) =>
    (visit: ActingVisit): Reply | Promise<Reply> => {
      const person = personAt(visit);
      if (person === undefined) return redirect(COUNTER_SUBJECT);
      const { subject, acknowledged } = person;
      return step({
        ...{ visit, call: visit.call, visitId: person.visit, acknowledged, person: { subject } },
        acknowledge: (notice) => keepPerson(visit, { ...person, acknowledged: { ...notice, at: visit.arrival.at } }),
        ...{ identifier: subject, channel: 'operator' },
      });
    };
  return {
    ...{ base: COUNTER, home: COUNTER_SUBJECT, isOnlyNow: false, beatMs: undefined },
    homeTitle: ({ counter }) => counter.another,
    page: (path, steps) => forOperation('opposition-express', path, answersOf(steps, onWay)),
    permitted: ({ call, person }, { opposition }) => opposition.eligibility(call, person),
    forAnother: {
      words: ({ counter }, refusal) => ({ title: counter.refused, lead: OPPOSITION_REFUSALS[refusal], how: '' }),
      start: (props) => <CounterStart {...props} />,
    },
  };
}

/** What the person may do, and why: the row of the table of chapter 6 in words. */
function CounterStart({ texts, outcome, values, identifier }: StartProps) {
  const { counter, opposition } = texts;
  const category = values.map((value) => outcome[value]).find((verdict) => verdict?.allowed === true)?.category;
  return (
    <div class="colonna">
      <h1>{opposition.title}</h1>
      <dl class="dati">
        <dt>{opposition.check.person}</dt>
        <dd>{identifier}</dd>
        {category === undefined ? null : (
          <>
            <dt>{counter.why}</dt>
            <dd>{counter.categories[category]}</dd>
          </>
        )}
        <dt>{counter.may}</dt>
        <dd>
          <ul>
            {values.map((value) => (
              <li>{opposition.start[value]}</li>
            ))}
          </ul>
        </dd>
        <dt>{opposition.check.until}</dt>
        <dd>{outcome.closesOn === undefined ? counter.late : opposition.check.untilDay(outcome.closesOn)}</dd>
      </dl>
      <div class="azioni">
        <a class="btn btn-primary" href={`${COUNTER}/informativa`}>
          {counter.showNotice}
        </a>
        <a href={COUNTER_SUBJECT}>{counter.another}</a>
      </div>
    </div>
  );
}
