import type { AppOptions } from '../../app.ts'
import type { Config } from '../../config/index.ts'
import type { Database } from '../../database/index.ts'

/** `warning`: it works, but is probably a mistake. `skipped`: it could not be looked at. */
export type Level = 'ok' | 'skipped' | 'warning' | 'fault'

/** What a check has found: a sentence, which says what to do where something is wrong. */
export interface Finding {
  /** What was looked at, in one word. */
  check: string
  level: Level
  message: string
}

/** What checks look at. */
export interface CheckContext {
  config: Config
  /** Names of settings that are faulty, and have their defaults in `config`. */
  faulty: ReadonlySet<string>
  isProduction: boolean
  /** What a team adds. */
  app: AppOptions
}

/** With the database open. */
export interface DatabaseContext extends CheckContext {
  database: Database
}

/**
 * Makes the finding of a check of conditions: the first that holds, or that all is well.
 *
 * @param conditions with a level and a sentence each
 * @param fine the sentence if none holds
 */
export function firstOf (
  check: string, conditions: ReadonlyArray<readonly [isMet: boolean, level: Level, message: string]>, fine: string
): Finding {
  const [, level = 'ok', message = fine] = conditions.find(([isMet]) => isMet) ?? []
  return { check, level, message }
}
