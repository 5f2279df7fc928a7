/**
 * The owner of the list that a page is about: given by the path, so that two windows never confuse two doctors.
 * `/medico/proprio/…` is the doctor's own list, `/medico/17/…` that of the titular of substitution 17.
 */
import type { ReceivedSubstitution } from '../../screening/index.js';
import { PageError } from '../frame/page.js';
import type { ActingVisit } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import type { DoctorServices } from './services.js';

/** A number in a path, in its only permitted spelling. */
export const NUMBER = /^[1-9][0-9]{0,14}$/;

export interface Parties {
  readonly doctor: string;
  readonly titular: string;
  /** Base path of this list's pages. */
  readonly base: string;
  /** The substitution by which the doctor acts, or has acted; undefined: the doctor's own list. */
  readonly substitution: ReceivedSubstitution | undefined;
}

/** @throws PageError 404: the substitution does not exist or belongs to another doctor */
export async function partiesOf(
  { call, params }: ActingVisit,
  { screening }: Pick<DoctorServices, 'screening'>,
): Promise<Parties> {
  const { codiceFiscale: doctor } = call.caller;
  const list = params['elenco'] ?? '';
  if (list === 'proprio') return { doctor, titular: doctor, base: '/medico/proprio', substitution: undefined };
  const substitution = NUMBER.test(list) ? await screening.substitutionOf(call, list) : undefined;
  if (substitution === undefined) throw new PageError(404, {}, 'unknown-list');
  return { doctor, titular: substitution.titular, base: `/medico/${list}`, substitution };
}

/** A former substitute lists and cancels their own tests, and submits none [T-4]. */
export const maySend = ({ substitution }: Parties): boolean => substitution?.term !== 'over';

/** The titular's name as people use it, with the codice fiscale. */
export function titularIn({ titular, substitution }: Pick<Parties, 'titular' | 'substitution'>): string {
  const name = substitution?.titularName ?? titular;
  return name === titular ? titular : `${name} (${titular})`;
}

interface OfListProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
}

/**
 * Title and heading of a page: for another's list they include the name.
 * @param own for the doctor's own list, if it differs
 */
export function titleOf({ texts, parties: { substitution } }: OfListProps, title: string, own = title): string {
  return substitution === undefined ? own : texts.doctor.acting.title(title, substitution.titularName);
}

/** On every page of another's list: whose it is, what may be done there, its pages, and the way out. */
export function ActingFor({ parties, texts }: OfListProps) {
  const { substitution, base } = parties;
  if (substitution === undefined) return null;
  const { acting, home } = texts.doctor;
  const { titularName, to, term } = substitution;
  const name = titularIn(parties);
  return (
    <>
      <p class={`alert alert-${term === 'over' ? 'warning' : 'info'}`} role="note">
        {term === 'over' ? acting.over(name, to) : acting.note(name, to)}
      </p>
      <nav class="menu-elenco" aria-label={acting.menu(titularName)}>
        <ul>
          {listLinks(texts, base, term !== 'over').map(([href, text]) => (
            <li>
              <a href={href}>{text}</a>
            </li>
          ))}
          <li>
            <a href="/medico">{home.leave}</a>
          </li>
        </ul>
      </nav>
    </>
  );
}

/** The pages of a list, and their names. */
export function listLinks(
  { doctor, several }: Catalogue,
  base: string,
  isSending: boolean,
): readonly (readonly [string, string])[] {
  const tests = [`${base}/test`, doctor.tests.title] as const;
  if (!isSending) return [tests];
  return [
    [`${base}/assistiti`, doctor.patients.title],
    [`${base}/test/nuovo`, doctor.report.title],
    [`${base}/test/piu`, several.link],
    tests,
  ];
}
