/** What other folders may import from the registry. */
export { registryEntities, type CareStatus } from './entities.js';
export { createImportDesk, importOutcome, type ImportDesk, type ImportRefusal } from './import/desk.js';
export { importKinds, isImportKind, type ImportKind } from './import/kinds.js';
export {
  importRegistry,
  RegistryImportError,
  type ImportOptions,
  type ImportProblem,
  type ImportProgress,
  type ImportResult,
} from './import/run.js';
export { hasDoctor, NAME_CHARACTERS, NO_NAME } from './model.js';
export { isTrentinoAltoAdige, OTHER_PROVINCE_NAMES, OTHER_REGION_NAMES, placeKey, placesByKey } from './places.js';
export { registryMigrations } from './migrations.js';
export { registryRetention } from './retention.js';
export {
  aslOfProvince,
  createHolderLookup,
  type HolderLookup,
  RegistryAnaLookup,
  type AnaLookup,
  type AnaRecord,
} from './service.js';
