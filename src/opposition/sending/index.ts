/** Sending, for the worker only: whoever imports this loads the SOAP client, which the gateway must never do. */
export { createRegionClient } from './region-client.js';
export { SENDING_OUTCOMES, type RegionFigures } from './outbox/figures.js';
export { createSender, DEFAULT_LANE_POLICY, type Sender, type SenderOptions } from './outbox/sender.js';
export { createOutboxStore, type OutboxStore } from './outbox/store.js';
