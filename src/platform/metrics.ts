/**
 * The figures of a process for Prometheus [S-4]. Each is counted where it arises, or read when Prometheus scrapes.
 * Labels are words of this program, never values from a caller. A scrape changes nothing for the next one.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

const SECONDS_PER_NANOSECOND = 1e-9;
const LOOP_RESOLUTION_MS = 20;
/** Long enough that a scrape once a minute misses no delay. */
const DELAY_PERIOD_MS = 60_000;

export interface ProcessMetrics {
  readonly registry: Registry;
  /** Stops measuring. */
  readonly stop: () => void;
}

/**
 * @param version of the program
 * @param delayPeriodMs how long delays of the event loop are collected before they are shown
 */
export function processMetrics(version: string, delayPeriodMs = DELAY_PERIOD_MS): ProcessMetrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    ...{ name: 'passerella_build_info', help: 'Always 1: release of the program and of Node.', registers },
    labelNames: ['version', 'node'],
  }).set({ version, node: process.versions.node }, 1);
  new Gauge({
    ...{ name: 'passerella_resident_memory_bytes', help: 'Resident memory of the process.', registers },
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  addLoopTime(registry);
  const stopDelay = addLoopDelay(registry, delayPeriodMs);
  return {
    registry,
    stop() {
      stopDelay();
      registry.clear();
    },
  };
}

/** Two counters give the utilisation of any period: active / (active + idle). */
function addLoopTime(registry: Registry): void {
  for (const state of ['active', 'idle'] as const) {
    new Counter({
      ...{ name: `passerella_event_loop_${state}_seconds_total`, registers: [registry] },
      help: `Seconds that the event loop has been ${state} since the start.`,
      collect() {
        this.reset();
        this.inc(performance.eventLoopUtilization()[state] / 1000);
      },
    });
  }
}

/**
 * The delays of the last full period, and of the running one until the first is over.
 * @returns a function that stops measuring
 */
function addLoopDelay(registry: Registry, periodMs: number): () => void {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  let isPeriodOver = false;
  const gauge = new Gauge({
    ...{ name: 'passerella_event_loop_delay_seconds', registers: [registry], labelNames: ['quantile'] },
    help: 'Delay of the event loop in the last full minute.',
    collect() {
      if (!isPeriodOver) show();
    },
  });
  const show = (): void => {
    // Before the first measurement the mean is not a number.
    if (Number.isNaN(delay.mean)) return;
    for (const quantile of [0.5, 0.99, 1]) {
      // Node measures from one timer to the next: the excess over the timer's interval is the delay.
      const seconds = delay.percentile(quantile * 100) * SECONDS_PER_NANOSECOND - LOOP_RESOLUTION_MS / 1000;
      gauge.set({ quantile }, Math.max(0, seconds));
    }
  };
  const timer = setInterval(() => {
    show();
    delay.reset();
    isPeriodOver = true;
  }, periodMs).unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}

/** A gauge whose value is read at each scrape; it is absent while `read` returns undefined. */
export function readGauge(registry: Registry, name: string, help: string, read: () => number | undefined): void {
  new Gauge({
    ...{ name, help, registers: [registry] },
    collect() {
      const value = read();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
