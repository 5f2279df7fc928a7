export { ConfigError, EX_CONFIG, environmentName, loadConfig } from './load.js';
export {
  REQUIRED_BY_ACCOUNT_MAIL,
  REQUIRED_BY_CERTIFIED_MAIL,
  REQUIRED_BY_GATEWAY,
  REQUIRED_BY_IDENTITY,
  REQUIRED_BY_PORTAL,
  REQUIRED_BY_SENDING,
  configSchema,
} from './schema.js';
export type { Config } from './schema.js';
