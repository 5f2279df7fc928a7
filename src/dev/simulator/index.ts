export { readArguments } from './arguments.js';
export type { SimulatorArguments } from './arguments.js';
export { startControl } from './control.js';
export { parseMisbehaviours } from './misbehaviour.js';
export { startSimulatedRegion } from './simulated-region.js';
export type { ServerPair, SimulatedRegion, SimulatedRegionOptions } from './simulated-region.js';
