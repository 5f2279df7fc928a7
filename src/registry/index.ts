/** What other folders may import from the registry. */
export { registryEntities } from './entities.js';
export { createImportDesk, importOutcome } from './import/desk.js';
export { importKinds, isImportKind, type ImportKind } from './import/kinds.js';
export { importRegistry, type ImportOptions, type ImportProgress, type ImportResult } from './import/run.js';
export { hasDoctor } from './model.js';
export { isTrentinoAltoAdige, OTHER_PROVINCE_NAMES, OTHER_REGION_NAMES, placeKey, placesByKey } from './places.js';
export { registryRetention } from './retention.js';
export {
  aslOfProvince,
  createHolderLookup,
  type HolderLookup,
  RegistryAnaLookup,
  type AnaLookup,
  type AnaRecord,
} from './service.js';
