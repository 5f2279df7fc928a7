export { bareExpress, expressPrototypes } from './express.js';
export { defaultListenerLimits, listen } from './listener.js';
export type { Listener, ListenerLimits } from './listener.js';
