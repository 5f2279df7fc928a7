/**
 * Grouping: calls that arrive while the database works on earlier ones share one statement and one durable
 * transaction. No call waits for others: a lone call is sent at once, and groups form only under load.
 */
import { isDataException } from './errors.js';

export interface GroupLimits {
  /** Groups in work at once: with two the database works on one while the answers of the other are read. */
  readonly underway: number;
  /** Maximum of items in a group: bounds the statement, the effect of one failure, and the waits for each other. */
  readonly largest: number;
}

const SHORT: GroupLimits = { underway: 2, largest: 64 };

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * @param run handles all items of a group in one transaction; resolves to one result per item, in the same order
 * @param limits the default is for items that take the database almost no time
 * @returns handles one item: resolves when its group is committed, rejects when its group failed as a whole
 */
export function grouped<Item, Result>(
  run: (items: readonly Item[]) => Promise<Result[]>,
  { underway: mostUnderway, largest }: GroupLimits = SHORT,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let underway = 0;

  async function work(group: readonly Waiting<Item, Result>[]): Promise<void> {
    underway++;
    try {
      const results = await run(group.map(({ item }) => item));
      if (results.length !== group.length) throw new Error('an item of a group got no result');
      results.forEach((result, index) => group[index]?.resolve(result));
    } catch (error) {
      // An item that the database cannot store does not fail the others: nothing was executed yet.
      if (group.length > 1 && isDataException(error)) for (const one of group) await alone(one);
      else for (const { reject } of group) reject(error);
    } finally {
      underway--;
      start();
    }
  }

  async function alone({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> {
    try {
      for (const result of await run([item])) resolve(result);
    } catch (error) {
      reject(error);
    }
  }

  function start(): void {
    if (waiting.length === 0 || underway >= mostUnderway) return;
    // Split evenly: items in one group would all return at once, and nothing would run while they are processed.
    const size = Math.min(largest, Math.ceil(waiting.length / (mostUnderway - underway)));
    const group = waiting.slice(0, size);
    waiting = waiting.slice(size);
    void work(group);
    start();
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // Calls in the same turn of the event loop share a group, for example from requests that arrived in one read.
      if (waiting.length === 1) setImmediate(start);
      else if (waiting.length >= largest) start();
    });
}
