export { loadConfig, type Config } from './config.ts'
export { decodeText } from './environment.ts'
export { inspectSettings, type Inspection } from './inspect.ts'
export { ConfigError } from './values.ts'
