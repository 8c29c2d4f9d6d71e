export { loadConfig, type Config } from './config.ts'
export { decodeText } from './environment.ts'
export { ConfigError } from './values.ts'
