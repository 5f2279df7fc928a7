/** A portal that a test kills: its settings are the argument, its address the first line that it prints. */
import { configSchema } from '../../src/config/index.js';
import { systemClock } from '../../src/platform/clock.js';
import { createLogger } from '../../src/platform/log.js';
import { portalSettings, startPortal } from '../../src/roles/portal.js';

const settings = portalSettings(configSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
// The port is known only when it listens.
const config = { ...settings.config, portalUrl: undefined };
const portal = await startPortal({ ...settings, config }, systemClock, createLogger('silent'));
process.stdout.write(`${portal.url}\n`);
