/** Sending, for the worker only: importing this loads the SOAP client, which the gateway must not load. */
export { createRegionClient } from './region-client.js';
export { SENDING_OUTCOMES, type RegionFigures } from './outbox/figures.js';
export { createSender, DEFAULT_LANE_POLICY, type Sender, type SenderOptions } from './outbox/sender.js';
