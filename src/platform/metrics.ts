/**
 * The figures of a process for Prometheus [S-4]. A figure is counted where it arises or read when it is asked for; labels
 * are words of ours, never a value that a caller chose.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

const SECONDS_PER_NANOSECOND = 1e-9;
const LOOP_RESOLUTION_MS = 20;

export interface ProcessMetrics {
  readonly registry: Registry;
  /** Ends the measuring. */
  readonly stop: () => void;
}

/** @param version of the program */
export function processMetrics(version: string): ProcessMetrics {
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
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  new Gauge({
    ...{
      name: 'passerella_event_loop_delay_seconds',
      help: 'Delay of the event loop since the last reading.',
      registers,
    },
    labelNames: ['quantile'],
    collect() {
      // Before the first measurement the mean is not a number.
      if (Number.isNaN(delay.mean)) return;
      for (const quantile of [0.5, 0.99, 1]) {
        // Node measures from one timer to the next: what is beyond the timer's own time is delay.
        const seconds = delay.percentile(quantile * 100) * SECONDS_PER_NANOSECOND - LOOP_RESOLUTION_MS / 1000;
        this.set({ quantile }, Math.max(0, seconds));
      }
      delay.reset();
    },
  });
  new Gauge({
    ...{
      name: 'passerella_event_loop_utilization',
      help: 'Share of its time that the event loop was busy.',
      registers,
    },
    collect() {
      this.set(performance.eventLoopUtilization().utilization);
    },
  });
  return {
    registry,
    stop() {
      delay.disable();
      registry.clear();
    },
  };
}

/** A gauge that is read when it is asked for. */
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
