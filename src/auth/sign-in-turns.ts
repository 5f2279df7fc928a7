/**
 * Turns at the hash. A few sign-ins are hashed at a time and a limited number wait. Waiting keys take turns: first each
 * key's first message, and among those the key served longest ago, so that many messages get no more than one turn in a
 * round. When a queue is full, the last in that order is refused, newcomer or not. Known callers have a separate queue
 * and every second turn: a flood of strangers, from any number of addresses, does not delay it. Knows neither addresses
 * nor passwords.
 */
import { SignInError } from './errors.js';

export interface TurnLimits {
  /** Hashed at a time. */
  readonly atWork: number;
  /** Waiting in each of the two queues. */
  readonly waiting: number;
  /** Waiting or being hashed under one key. */
  readonly perKey: number;
}

export interface SignInTurns {
  /**
   * @param key that the turn counts for
   * @param isKnown which of the two queues
   * @throws SignInError `busy`, at once or when a message with a better claim takes the place
   */
  take<Result>(key: string, isKnown: boolean, work: () => Promise<Result>): Promise<Result>;
}

/** Keys remembered as served; a dropped one counts as never served. */
const MAX_SERVED = 10_000;

interface Waiter {
  readonly key: string;
  readonly start: () => void;
  readonly refuse: (error: SignInError) => void;
}

export function createSignInTurns(limits: TurnLimits): SignInTurns {
  const rooms = { known: createRoom(limits), strangers: createRoom(limits) };
  let working = 0;
  let wasKnown = false;

  function startNext(): void {
    while (working < limits.atWork) {
      const [first, second] = wasKnown ? [rooms.strangers, rooms.known] : [rooms.known, rooms.strangers];
      const next = first.next() ?? second.next();
      if (next === undefined) return;
      wasKnown = next.room === rooms.known;
      working++;
      next.waiter.start();
    }
  }

  return {
    async take(key, isKnown, work) {
      const room = isKnown ? rooms.known : rooms.strangers;
      room.enter(key);
      try {
        await new Promise<void>((start, refuse) => {
          room.wait({ key, start, refuse });
          startNext();
        });
        try {
          return await work();
        } finally {
          working--;
          startNext();
        }
      } finally {
        room.leave(key);
      }
    },
  };
}

interface Room {
  /** @throws SignInError `busy`: this key has too many waiting or being hashed */
  enter(key: string): void;
  wait(waiter: Waiter): void;
  next(): { waiter: Waiter; room: Room } | undefined;
  leave(key: string): void;
}

function createRoom(limits: TurnLimits): Room {
  let waiting: Waiter[] = [];
  const present = new Map<string, number>();
  const served = new Map<string, number>();
  let turn = 0;

  /** In the order of their turns: at most a hundred, sorted at each arrival and departure. */
  function inOrder(): Waiter[] {
    const seen = new Map<string, number>();
    const ranked = waiting.map((waiter) => {
      const before = seen.get(waiter.key) ?? 0;
      seen.set(waiter.key, before + 1);
      return { waiter, before, lastTurn: served.get(waiter.key) ?? 0 };
    });
    // The sort is stable: among equals the first to arrive leaves first.
    return ranked
      .sort((one, other) => one.before - other.before || one.lastTurn - other.lastTurn)
      .map(({ waiter }) => waiter);
  }

  const remove = (gone: Waiter): void => {
    waiting = waiting.filter((waiter) => waiter !== gone);
  };

  const room: Room = {
    enter(key) {
      const here = present.get(key) ?? 0;
      if (here >= limits.perKey) throw new SignInError('busy');
      present.set(key, here + 1);
    },
    wait(waiter) {
      waiting.push(waiter);
      if (waiting.length <= limits.waiting) return;
      const last = inOrder().at(-1);
      if (last === undefined) return;
      remove(last);
      last.refuse(new SignInError('busy'));
    },
    next() {
      const [waiter] = inOrder();
      if (waiter === undefined) return undefined;
      remove(waiter);
      served.delete(waiter.key); // an entry that is set again moves to the end of the map
      served.set(waiter.key, ++turn);
      const [oldest] = served.keys();
      if (served.size > MAX_SERVED && oldest !== undefined) served.delete(oldest);
      return { waiter, room };
    },
    leave(key) {
      const here = (present.get(key) ?? 1) - 1;
      if (here > 0) present.set(key, here);
      else present.delete(key);
    },
  };
  return room;
}

/**
 * Refuses before any look-up: while many sign-ins are under way, a key that already has one gets `busy`. A flood then
 * costs no more than reading its messages, and others get their turns.
 */
export function createDoor(crowded: number): { enter(key: string, isExpected: boolean): () => void } {
  const inside = new Map<string, number>();
  let all = 0;
  return {
    enter(key, isExpected) {
      const mine = inside.get(key) ?? 0;
      if (all >= crowded && mine > 0 && !isExpected) throw new SignInError('busy');
      all++;
      inside.set(key, mine + 1);
      return () => {
        all--;
        const left = (inside.get(key) ?? 1) - 1;
        if (left > 0) inside.set(key, left);
        else inside.delete(key);
      };
    },
  };
}
