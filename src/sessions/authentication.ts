import type { Level } from '../contract/index.ts'

/** When and how the user of a session, or of one token, was authenticated. */
export interface Authentication {
  /** NumericDate, by the database's clock. */
  authenticatedAt: number
  level: Level
}

/** The columns of `authenticationSql`. */
export interface AuthenticationRow {
  auth_time: string
  level: Level
}

/** The level of a password alone. */
export const PASSWORD_LEVEL: Level = 1

/** Of a session: when it was authenticated. An earlier release did not write it. */
export const AUTHENTICATED_AT_SQL = 'coalesce(authenticated_at, sessions.created_at)'

/**
 * @param time the SQL of the time of the proof
 * @param level the SQL of its level
 */
export function authenticationSql (time: string, level: string | number): string {
  return `floor(extract(epoch from ${time}))::bigint as auth_time, ${level} as level`
}

export function toAuthentication ({ auth_time: authTime, level }: AuthenticationRow): Authentication {
  return { authenticatedAt: Number(authTime), level }
}
