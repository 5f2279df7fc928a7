/**
 * The sending to one region: claims, exchanges at the region's concurrency and rate, outcomes. Lanes share nothing but
 * the outbox, so a region that is slow or down holds up no other [N-4]. Refuses to know SOAP and the other regions.
 */
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { RegionAnswer, RegionClient, RegionConnection } from '../region.js';
import { Breaker } from './breaker.js';
import type { BreakerPolicy } from './breaker.js';
import { Counts } from './figures.js';
import type { RegionFigures } from './figures.js';
import type { Settlements } from './settlements.js';
import type { Claimed, OutboxStore, RegionSettings } from './store.js';
import { fateOf } from './verdict.js';
import type { RetryPolicy } from './verdict.js';

export interface LanePolicy {
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
  /** Longest exchange, ms; what connects keeps to it. */
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

/** Claimed ahead, per exchange at once: a claim then serves many, and a crash leaves few under lease. */
const AHEAD = 4;
/** What the lease leaves over the longest time that a claimed notification can take. */
const LEASE_MARGIN_MS = 30_000;

const CONNECTION_KEYS = ['endpoint', 'anchors', 'patientIdForm', 'sign'] as const;

export class RegionLane {
  private readonly breaker: Breaker;
  private readonly counts = new Counts();
  private readonly claimed: Claimed[] = [];
  private claiming: Promise<void> | undefined;
  private hasMore = false;
  private client: RegionClient | undefined;
  /** When the rate allows the next exchange, ms since 1970. */
  private nextSlotMs = 0;
  private isStopping = false;
  private isOutdated = false;

  constructor(
    private region: RegionSettings,
    private readonly around: LaneSurroundings,
  ) {
    this.breaker = new Breaker(around.policy.breaker, around.random);
  }

  /** Takes new settings; a new address or new trust begin with the next round, which comes soon. */
  update(region: RegionSettings): void {
    if (CONNECTION_KEYS.some((key) => this.region[key] !== region[key])) this.isOutdated = true;
    this.region = region;
  }

  /**
   * Sends what is due, until nothing is, or the region is paused, down or changed, or the lane is stopping.
   * @throws the database's error when it cannot claim
   */
  async round(): Promise<void> {
    if (this.isOutdated) this.disconnect();
    const phase = this.breaker.phase(this.around.clock.now());
    if (phase === 'open' || this.mustRest()) return;
    const exchanges = phase === 'probing' ? 1 : this.region.concurrency;
    this.hasMore = true;
    // All of them, also when one fails: an exchange still under way must not meet those of the next round.
    const ends = await Promise.allSettled(
      Array.from({ length: exchanges }, () => this.sendOneByOne(phase === 'probing')),
    );
    await this.giveBack();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    // The probe brought an answer: the others need not wait for the next turn.
    if (phase === 'probing' && this.breaker.phase(this.around.clock.now()) === 'closed') await this.round();
  }

  /** Lets the exchanges under way finish; nothing new is begun. The round that runs then ends. */
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
    return { region, isPaused, phase: this.breaker.phase(this.around.clock.now()), counts: this.counts.snapshot() };
  }

  private mustRest(): boolean {
    return this.isStopping || this.isOutdated || this.region.isPaused;
  }

  private async sendOneByOne(isProbe: boolean): Promise<void> {
    for (;;) {
      const notification = await this.next(isProbe);
      if (notification === undefined) return;
      await this.send(notification);
      if (isProbe) return;
    }
  }

  /** The next one to send, or none. */
  private async next(isProbe: boolean): Promise<Claimed | undefined> {
    for (;;) {
      const isOpen = !isProbe && this.breaker.phase(this.around.clock.now()) !== 'closed';
      if (isOpen || this.mustRest()) return undefined;
      const notification = this.claimed.shift();
      if (notification !== undefined) {
        await this.keepRate();
        return notification;
      }
      if (!this.hasMore) return undefined;
      this.claiming ??= this.claim(isProbe ? 1 : this.region.concurrency * AHEAD).finally(() => {
        this.claiming = undefined;
      });
      await this.claiming;
    }
  }

  private async claim(limit: number): Promise<void> {
    const { store, clock, policy } = this.around;
    const now = clock.now();
    const slowestMs = policy.timeoutMs * AHEAD + (limit * 1000) / (this.region.ratePerSecond ?? Infinity);
    const until = new Date(now.getTime() + slowestMs + policy.timeoutMs + LEASE_MARGIN_MS);
    const found = await store.claim(this.region.code, limit, now, until);
    this.hasMore = found.length === limit;
    this.claimed.push(...found);
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
    const { messageId, leaseToken, subject, opposedOn, attempts } = notification;
    if (clock.now().getTime() + policy.timeoutMs > notification.leaseUntil.getTime()) {
      this.claimed.unshift(notification); // it would outlive its lease, and somebody else send it meanwhile
      this.hasMore = false;
      await this.giveBack();
      return;
    }
    const answer = await this.exchange({ messageId, subject, opposedOn });
    const now = clock.now();
    await this.learn(answer, now);
    const fate = fateOf(answer, attempts, now, policy.retry, random);
    this.counts.add(fate.state === 'queued' ? 'retried' : fate.state);
    await settlements.add({ messageId, leaseToken, at: now, ...fate });
  }

  private async exchange(notification: Parameters<RegionClient['notify']>[0]): Promise<RegionAnswer> {
    try {
      this.client ??= this.around.connect(this.region);
      return await this.client.notify(notification);
    } catch (error) {
      // Anchors that are no certificates, a flaw of the client: the region is not to blame, the outcome is the same.
      this.around.log.error('the exchange with a region failed by itself', { region: this.region.code, error });
      return { kind: 'unreachable', reason: 'errore interno del mittente' };
    }
  }

  /** What an answer says of the region, beyond the one notification. */
  private async learn(answer: RegionAnswer, now: Date): Promise<void> {
    const { store, log } = this.around;
    const region = this.region.code;
    if (answer.kind !== 'unreachable') {
      this.breaker.answered();
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
    if (this.breaker.failed(now)) log.warn('a region cannot be reached: waiting', { region, reason: answer.reason });
  }

  /** What was claimed and will not be sent now is free again at once, and the attempt does not count. */
  private async giveBack(): Promise<void> {
    const at = this.around.clock.now();
    for (const { messageId, leaseToken } of this.claimed.splice(0)) {
      await this.around.settlements.add({ messageId, leaseToken, at, state: 'queued', untried: true });
    }
  }
}
