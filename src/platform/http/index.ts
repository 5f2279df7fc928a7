export { holdBack, networkOfCaller, reportMisuse } from './connection.js';
export { bareExpress } from './express.js';
export { defaultListenerLimits, listen } from './listener.js';
export { createHttpServer, createHttpsServer } from './server.js';
export type { Listener, ListenerLimits } from './listener.js';
