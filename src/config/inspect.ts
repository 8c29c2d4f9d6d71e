// For people who look for what is wrong: all faults of the settings, where a start stops at the first.
import { loadConfig, type Config } from './config.ts'
import { inspectEnvironment, type Environment } from './environment.ts'
import { SETTINGS } from './schema.ts'
import { ConfigError } from './values.ts'

/** What is wrong with the settings. */
export interface Inspection {
  /** With the defaults of the settings that are faulty; undefined where the others cannot be used without them. */
  config: Config | undefined
  /** A sentence for each fault. */
  faults: readonly string[]
  /** The names of faulty settings. */
  faulty: ReadonlySet<string>
  /** A sentence for each likely mistake. */
  warnings: readonly string[]
  /** Whether NODE_ENV says so: nothing else depends on it. */
  isProduction: boolean
}

/** Another name that `loadConfig` reads. */
const THREADS = 'UV_THREADPOOL_SIZE'

/**
 * Reads the settings as `loadConfig` does, and goes on after a fault: without the faulty setting.
 *
 * @param environment of the process; `.env` is added
 * @throws ConfigError where `.env` cannot be read
 */
export function inspectSettings (environment: Environment = process.env): Inspection {
  const loaded = inspectEnvironment(SETTINGS, environment)
  const faults = [...loaded.faults]
  const faulty = new Set<string>()
  const settings = new Map([...SETTINGS, THREADS].map((name) => [name, loaded.environment[name]]))
  const isProduction = loaded.environment.NODE_ENV === 'production'
  for (;;) {
    try {
      const config = loadConfig(Object.fromEntries(settings), { needsSecretKeys: !faulty.has('SECRET_KEYS') })
      return { config, faults, faulty, warnings: [...loaded.warnings, ...config.warnings], isProduction }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      const [first = '', ...others] = findNames(error.message)
      if (!faulty.has(first)) faults.push(error.message)
      // A default may be wrong beside another setting that the sentence names.
      const removed = [first, ...others].find((name) => !faulty.has(name))
      if (removed === undefined) return { config: undefined, faults, faulty, warnings: loaded.warnings, isProduction }
      faulty.add(removed)
      settings.delete(removed)
      // Its domain is compared with that of ISSUER.
      if (removed === 'ISSUER') settings.delete('COOKIE_DOMAIN')
    }
  }
}

/** The settings that a sentence names. */
function findNames (sentence: string): string[] {
  return (sentence.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []).filter((name) => SETTINGS.includes(name))
}
