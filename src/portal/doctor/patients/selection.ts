/** The shown part of a list: the persons that match a search, in an order, one page of them. */
import type { TestedPerson } from '../../../screening/index.js';
import type { Form } from '../../frame/form.js';

export const ORDERS = ['surname', 'update'] as const;
export type Order = (typeof ORDERS)[number];

export const PAGE_SIZE = 50;

export interface Selection {
  readonly persons: readonly TestedPerson[];
  /** Number of matches. */
  readonly found: number;
  /** Page number, from 1. */
  readonly page: number;
  readonly pages: number;
  readonly order: Order;
  readonly search: string;
}

/** The parameters, from a form or stored in the session. */
export function searchOf(form: Form): Readonly<Record<'cerca' | 'ordine' | 'pagina', string>> {
  return { cerca: form.text('cerca', 64), ordine: form.text('ordine', 16), pagina: form.text('pagina', 8) };
}

export function selectionOf(persons: readonly TestedPerson[], form: Form): Selection {
  const { cerca, ordine, pagina } = searchOf(form);
  return chosen(persons, cerca, ordine === 'update' ? ordine : 'surname', Number(pagina) || 1);
}

const collator = new Intl.Collator('it', { sensitivity: 'base', ignorePunctuation: true });

/** Without accents, apostrophes and capitals, as people search. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\p{M}'’]/gu, '')
    .toLowerCase();
}

/** @param search each of its words starts a name, or is part of the codice fiscale */
export function chosen(persons: readonly TestedPerson[], search: string, order: Order, page: number): Selection {
  const words = plain(search)
    .split(/\s+/)
    .filter((word) => word !== '');
  const matches = (person: TestedPerson): boolean => {
    const names = plain(`${person.surname} ${person.givenName}`).split(/[\s-]+/);
    const identifier = person.identifier.toLowerCase();
    return words.every((word) => identifier.includes(word) || names.some((name) => name.startsWith(word)));
  };
  const found = words.length === 0 ? persons : persons.filter(matches);
  const sorted = found.toSorted((one, other) =>
    order === 'update'
      ? other.updatedOn.localeCompare(one.updatedOn)
      : collator.compare(one.surname, other.surname) || collator.compare(one.givenName, other.givenName),
  );
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE_SIZE));
  const shown = Math.min(Math.max(1, Math.trunc(page)), pages);
  return {
    ...{ found: sorted.length, page: shown, pages, order, search },
    persons: sorted.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE),
  };
}
