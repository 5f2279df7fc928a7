/** The public terms for expressing decisions: they concern no person, so no row is written. */
import { romeDate } from '../../platform/clock.js';
import type { Queryable } from '../../platform/db/index.js';
import { openWindow } from './model.js';
import type { Term } from './model.js';
import { createRegisterStore } from './store.js';

export interface PublicTerms {
  readonly open: Term | undefined;
  /** The next one, if none is open. */
  readonly next: Term | undefined;
  /** The last ended one. Without one there is no late expression either (chapter 6). */
  readonly past: Term | undefined;
}

/** @param tables the consent database, as any role that reads windows */
export async function readTerms(tables: Queryable, at: Date): Promise<PublicTerms> {
  const today = romeDate(at);
  const windows = await createRegisterStore(tables).windows(); // oldest first
  return {
    open: openWindow(windows, today),
    next: windows.find(({ opensOn }) => opensOn > today),
    past: windows.findLast(({ closesOn }) => closesOn < today),
  };
}
