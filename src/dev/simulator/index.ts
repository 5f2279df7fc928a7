export { readArguments } from './arguments.js';
export type { SimulatorArguments } from './arguments.js';
export { startControl } from './control.js';
export { MISBEHAVIOURS, parseMisbehaviours } from './misbehaviour.js';
export type { Misbehaviour, MisbehaviourKind } from './misbehaviour.js';
export type { RecordedNotification } from './register.js';
export { SIMULATOR_PATH, startSimulatedRegion } from './simulated-region.js';
export type { ServerPair, SimulatedRegion, SimulatedRegionOptions } from './simulated-region.js';
export { createSignatureVerifier } from './ws-security.js';
