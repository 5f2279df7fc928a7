/** On the first page of a role: the holder's previous visit, and events of the account since. */
import type { Lately } from '../../auth/index.js';
import type { Catalogue } from '../texts/index.js';

export function LatelyView({ lately, texts: { lately: words } }: { lately: Lately | undefined; texts: Catalogue }) {
  if (lately === undefined) return null;
  const { lastAt, failures, changedAt } = lately;
  const isAlarming = failures > 0 || changedAt !== null;
  return (
    <div class={isAlarming ? 'alert alert-warning' : 'small'}>
      <p class={isAlarming ? 'mb-1' : ''}>{lastAt === null ? words.first : words.last(lastAt)}</p>
      {failures === 0 ? null : (
        <p class="mb-1">{lastAt === null ? words.failuresBefore(failures) : words.failures(failures)}</p>
      )}
      {changedAt === null ? null : <p class="mb-1">{words.changed(changedAt)}</p>}
      {isAlarming ? (
        <p class="mb-0">
          {words.notYou} <a href="/profilo/accessi">{words.accesses}</a>
        </p>
      ) : null}
    </div>
  );
}
