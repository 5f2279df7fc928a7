/** Metrics of the process: every reader sees the same values, and each period of delays starts again. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from '@jest/globals';
import { processMetrics } from '../../src/platform/metrics.js';
import type { Registry } from '../../src/platform/metrics.js';
import { eventually } from '../support/post.js';

const BLOCKED_MS = 300;
/** Seconds of delay that only the blocked loop explains. */
const LONG = 0.2;

function blockTheLoop(): void {
  const end = performance.now() + BLOCKED_MS;
  while (performance.now() < end);
}

async function longestDelay(registry: Registry): Promise<number> {
  const metric = registry.getSingleMetric('passerella_event_loop_delay_seconds');
  const values = (await metric?.get())?.values ?? [];
  return values.find(({ labels }) => labels['quantile'] === 1)?.value ?? 0;
}

test('a delay of the event loop is shown to every reader of the period', async () => {
  const { registry, stop } = processMetrics('1.0.0');
  const beats = monitorEventLoopDelay({ resolution: 20 });
  try {
    await eventually('the delay', async () => {
      blockTheLoop();
      await new Promise(setImmediate);
      return (await longestDelay(registry)) > LONG;
    });
    beats.enable();
    await eventually('later measurements', () => Promise.resolve(beats.count >= 3));
    expect(await longestDelay(registry)).toBeGreaterThan(LONG);
  } finally {
    beats.disable();
    stop();
  }
});

test('a delay is forgotten when a full period has passed without one', async () => {
  const { registry, stop } = processMetrics('1.0.0', 100);
  try {
    await eventually('the delay', async () => {
      blockTheLoop();
      await new Promise(setImmediate);
      return (await longestDelay(registry)) > LONG;
    });
    await eventually('periods without one', async () => (await longestDelay(registry)) < LONG);
  } finally {
    stop();
  }
});
