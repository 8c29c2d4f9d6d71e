export { type Config, loadConfig } from './config.ts'
export { ConfigError } from './values.ts'
