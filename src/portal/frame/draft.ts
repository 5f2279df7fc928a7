/**
 * The input of one form, from its opening to its act. Each opening has an id in the URL: Back, reload and «Modifica»
 * restore the input, and a newly opened form is empty. The session stores it; never secrets, never a citizen's choice
 * [O-4].
 */
import type { ComponentChildren } from 'preact';
import { newRequestId } from '../../platform/ids/index.js';
import type { Catalogue } from '../texts/index.js';
import { NO_PROBLEMS, hasProblems } from './fields.js';
import type { Problems } from './fields.js';
import type { Form } from './form.js';
import { redirect, show } from './page.js';
import type { PageReply, RedirectReply, SignedInVisit } from './page.js';

const NAME = 'modulo';
const ID = /^[0-9a-f-]{36}$/;
/** Stored beside the fields. No form has a field with this name. */
const PROBLEMS = 'problemi';

export interface Draft {
  /** The URL has no id: the form is newly opened. */
  readonly isNew: boolean;
  readonly typed: Form;
  /** Why the form was last refused. */
  readonly problems: Problems;
  /** A path with the id of this draft. */
  at(path: string): string;
  keep(fields: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Shows the form again with its problems. By a redirect: Back to a page that answered a POST asks whether to send
   * the form again.
   * @param beatMs as of a page
   */
  refuse(fields: Readonly<Record<string, string>>, problems: Problems, beatMs?: number): Promise<RedirectReply>;
  /**
   * Once its act is done.
   * @param token the session's new one, if the act has renewed it
   */
  forget(token?: string): Promise<void>;
}

/** @param form path of the form */
export function draftOf({ query, kept, keep }: SignedInVisit, form: string): Draft {
  const asked = query.text(NAME);
  const isNew = !ID.test(asked);
  const id = isNew ? newRequestId() : asked;
  const page = `${form} ${id}`;
  const typed = kept(page);
  const at = (path: string): string => `${path}?${NAME}=${id}`;
  return {
    ...{ isNew, typed, at },
    problems: typed.has(PROBLEMS) ? (JSON.parse(typed.typed(PROBLEMS)) as Problems) : NO_PROBLEMS,
    keep: (fields) => keep(page, fields),
    async refuse(fields, problems, beatMs) {
      await keep(page, { ...fields, [PROBLEMS]: JSON.stringify(problems) });
      return redirect(at(form), undefined, { beatMs });
    },
    forget: (token) => keep(page, undefined, token),
  };
}

/** The page of a form; the title of a refused one reports this first. */
export function showForm({ problems }: Draft, texts: Catalogue, title: string, body: ComponentChildren): PageReply {
  if (!hasProblems(problems)) return show(title, body);
  return show(texts.form.titlePrefix + title, body, { status: 422 });
}
