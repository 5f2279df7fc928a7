/**
 * Sending to one region: claims, exchanges at the region's concurrency and rate, outcomes. Lanes share only the outbox,
 * so a region that is slow or down delays no other [N-4]. Independent of SOAP and of other regions.
 */
import type { Clock } from '../../../platform/clock.js';
import type { Logger } from '../../../platform/log.js';
import type { RegionAnswer, RegionClient, RegionConnection } from '../region.js';
import { Breaker } from './breaker.js';
import type { BreakerPolicy } from './breaker.js';
import { Counts } from './figures.js';
import type { RegionFigures } from './figures.js';
import { Hand } from './hand.js';
import type { Settlements } from './settlements.js';
import type { Claimed, OutboxStore, RegionSettings } from './store.js';
import { fateOf, mayBeOutage, mayKnow } from './verdict.js';
import type { RetryPolicy } from './verdict.js';

export interface LanePolicy {
  readonly retry: RetryPolicy;
  /** For transport failures. */
  readonly breaker: BreakerPolicy;
  /** For answers that may mean an outage: pauses are short, because a valid notification may be waiting [N-4]. */
  readonly pace: BreakerPolicy;
  /** Longest exchange in ms; the client enforces it. */
  readonly timeoutMs: number;
}

export interface LaneSurroundings {
  readonly store: OutboxStore;
  readonly settlements: Settlements;
  readonly connect: (region: RegionConnection) => RegionClient;
  readonly policy: LanePolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wait: (ms: number) => Promise<void>;
  readonly log: Logger;
}

/** Items claimed ahead per concurrent exchange: a claim then serves many, and a crash leaves few under lease. */
const AHEAD = 16;
/** A lease covers this many exchanges of the longest duration, one after the other; the rest is released. */
const LEASE_EXCHANGES = 5;
/** Margin of the lease. */
const LEASE_MARGIN_MS = 30_000;

/** Minimum interval of this alarm: one for each answer would hide others. */
const DENIED_QUIET_MS = 3_600_000;

/** Settings fixed for a round: new values apply from the next one. */
const ROUND_KEYS = ['endpoint', 'anchors', 'patientIdForm', 'sign', 'tlsMax', 'concurrency'] as const;

export class RegionLane {
  private readonly breaker: Breaker;
  private readonly pace: Breaker;
  private readonly counts = new Counts();
  private client: RegionClient | undefined;
  /** Earliest time of the next exchange by the rate limit, ms since 1970. */
  private nextSlotMs = 0;
  private isStopping = false;
  private isOutdated = false;
  /** End of the quiet time after an alarm that the region denies access; the first denial is reported at once. */
  private deniedQuietUntil = new Date(0);

  constructor(
    private region: RegionSettings,
    private readonly around: LaneSurroundings,
  ) {
    this.breaker = new Breaker(around.policy.breaker, around.random);
    this.pace = new Breaker(around.policy.pace, around.random);
  }

  /** Applies new settings; address, trust and concurrency change with the next round, which starts soon. */
  update(region: RegionSettings): void {
    if (ROUND_KEYS.some((key) => this.region[key] !== region[key])) this.isOutdated = true;
    this.region = region;
  }

  /**
   * Sends everything due, until nothing is left, or the region is paused, down or reconfigured, or the lane is
   * stopping.
   * @throws the database's error when the claim fails
   */
  async round(): Promise<void> {
    if (this.isOutdated) this.disconnect();
    const phase = this.phase();
    if (phase === 'open' || this.mustRest()) return;
    const isProbe = phase === 'probing';
    const exchanges = isProbe ? 1 : this.region.concurrency;
    const hand = new Hand(isProbe ? 1 : exchanges * AHEAD, (limit) => this.claim(limit));
    // Waits for all exchanges, even if one fails: none may overlap with the next round.
    const ends = await Promise.allSettled(Array.from({ length: exchanges }, () => this.sendOneByOne(hand, isProbe)));
    await this.giveBack(await hand.close());
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    // The probe got an answer: send the others without waiting for the next round.
    if (isProbe && this.phase() === 'closed') await this.round();
  }

  /** Lets exchanges in progress finish and starts no other; the current round ends. */
  stop(): void {
    this.isStopping = true;
  }

  disconnect(): void {
    this.client?.close();
    this.client = undefined;
    this.isOutdated = false;
  }

  figures(): RegionFigures {
    const { code: region, isPaused } = this.region;
    const now = this.around.clock.now();
    const isSlowed = this.pace.phase(now) !== 'closed';
    return { region, isPaused, phase: this.breaker.phase(now), isSlowed, counts: this.counts.snapshot() };
  }

  private phase(): ReturnType<Breaker['phase']> {
    const now = this.around.clock.now();
    const phases = [this.breaker.phase(now), this.pace.phase(now)];
    return phases.find((phase) => phase === 'open') ?? phases.find((phase) => phase === 'probing') ?? 'closed';
  }

  private mustRest(): boolean {
    return this.isStopping || this.isOutdated || this.region.isPaused;
  }

  private async sendOneByOne(hand: Hand<Claimed>, isProbe: boolean): Promise<void> {
    for (;;) {
      const notification = await this.next(hand, isProbe);
      if (notification === undefined) return;
      await this.send(notification);
      if (isProbe) return;
    }
  }

  /** The next notification to send; undefined: none is due, or the round must end. */
  private async next(hand: Hand<Claimed>, isProbe: boolean): Promise<Claimed | undefined> {
    const { clock, policy } = this.around;
    const mustEnd = (): boolean => this.mustRest() || (!isProbe && this.phase() !== 'closed');
    if (mustEnd()) return undefined;
    const notification = await hand.take();
    if (notification === undefined) return undefined;
    await this.keepRate();
    // If the lease might end before the exchange, another worker could send the notification too.
    const isTooLate = clock.now().getTime() + policy.timeoutMs > notification.leaseUntil.getTime();
    if (!isTooLate && !mustEnd()) return notification;
    hand.putBack(notification);
    return undefined;
  }

  private claim(limit: number): Promise<readonly Claimed[]> {
    const { store, clock, policy } = this.around;
    const { code, concurrency, ratePerSecond } = this.region;
    const now = clock.now();
    const queueMs = (concurrency * AHEAD * 1000) / (ratePerSecond ?? Infinity);
    const leaseMs = policy.timeoutMs * LEASE_EXCHANGES + queueMs + LEASE_MARGIN_MS;
    return store.claim(code, limit, now, new Date(now.getTime() + leaseMs));
  }

  private async keepRate(): Promise<void> {
    const { ratePerSecond } = this.region;
    if (ratePerSecond === null) return;
    const nowMs = this.around.clock.now().getTime();
    const slotMs = Math.max(this.nextSlotMs, nowMs);
    this.nextSlotMs = slotMs + 1000 / ratePerSecond;
    if (slotMs > nowMs) await this.around.wait(slotMs - nowMs);
  }

  private async send(notification: Claimed): Promise<void> {
    const { settlements, clock, policy, random } = this.around;
    const { messageId, leaseToken, subject, opposedOn } = notification;
    const answer = await this.exchange({ messageId, subject, opposedOn });
    const now = clock.now();
    const fate = fateOf(answer, notification, now, policy.retry, random);
    this.counts.add(fate.state === 'queued' ? 'retried' : fate.state);
    try {
      await this.learn(answer, now);
    } finally {
      // Even if the pause of the region could not be written: the exchange has taken place.
      await settlements.add({ messageId, leaseToken, at: now, ...fate, mayBeKnown: mayKnow(answer) });
    }
  }

  private async exchange(notification: Parameters<RegionClient['notify']>[0]): Promise<RegionAnswer> {
    try {
      this.client ??= this.around.connect(this.region);
      return await this.client.notify(notification);
    } catch (error) {
      // Invalid anchors or a bug of the client: the region is not at fault, but the outcome is the same.
      this.around.log.error('the exchange with a region failed on our side', { region: this.region.code, error });
      return { kind: 'unreachable', reason: 'errore interno del mittente' };
    }
  }

  /** Applies what an answer says about the region, beyond the one notification. */
  private async learn(answer: RegionAnswer, now: Date): Promise<void> {
    const { store, log } = this.around;
    const region = this.region.code;
    if (answer.kind !== 'unreachable') {
      this.breaker.answered();
      if (!mayBeOutage(answer)) {
        this.pace.answered();
        return;
      }
      const isNews = this.pace.phase(now) === 'closed'; // logs once, not at each of the short pauses that follow
      if (this.pace.failed(now) && isNews) {
        log.warn('a region answers only with faults: sending is slowed down', { region });
      }
      return;
    }
    this.counts.add('unreachable');
    if (answer.certificate === true) {
      this.counts.add('certificate');
      const isNews = !this.region.isPaused;
      this.region = { ...this.region, isPaused: true };
      if (!isNews) return;
      log.error('ALARM the certificate of a region cannot be trusted: region paused', {
        region,
        reason: answer.reason,
      });
      await store.pause(region, 'certificate', now);
      return;
    }
    const isNews = this.breaker.failed(now);
    if (answer.denied === true) {
      if (now < this.deniedQuietUntil) return;
      this.deniedQuietUntil = new Date(now.getTime() + DENIED_QUIET_MS);
      log.error('ALARM a region denies us access', { region, reason: answer.reason });
    } else if (isNews) log.warn('a region cannot be reached: waiting', { region, reason: answer.reason });
  }

  /** Releases claimed notifications that will not be sent now; the attempt does not count. */
  private async giveBack(unsent: readonly Claimed[]): Promise<void> {
    const at = this.around.clock.now();
    for (const { messageId, leaseToken } of unsent) {
      await this.around.settlements.add({ messageId, leaseToken, at, state: 'queued', untried: true });
    }
  }
}
