// The options of better-auth, for its server and for the creation of its tables.
import { createHash } from 'node:crypto'
import { argon2id, hash, verify } from 'argon2'
import pg from 'pg'
import { ARGON2 } from '../harness/service.js'

// It warns of secrets that do not look random.
export const SECRET = createHash('sha256').update('bench').digest('base64')
export const BASE_URL = 'http://localhost:3000'
export const COOKIE = 'better-auth.session_token'

/** High enough that no request is limited, as with the service. */
const NO_LIMIT = 1_000_000

/**
 * After these pages of its documentation: installation, adapters/postgresql (with the joins that it recommends for sessions),
 * authentication/email-password (custom hashing), guides/optimizing-for-performance (cookie cache).
 *
 * @param {{ url: string, cookieCache?: boolean }} options
 */
export function createOptions ({ url, cookieCache = false }) {
  return {
    database: new pg.Pool({ connectionString: url }),
    secret: SECRET,
    baseURL: BASE_URL,
    emailAndPassword: {
      enabled: true,
      password: {
        hash: (/** @type {string} */ password) => hash(password, { type: argon2id, ...ARGON2 }),
        verify: (/** @type {{ hash: string, password: string }} */ { hash, password }) => verify(hash, password)
      }
    },
    // An hour instead of five minutes, so that none expires during the measurement.
    session: { cookieCache: { enabled: cookieCache, maxAge: 3600 } },
    advanced: { database: { joins: true } },
    rateLimit: { enabled: true, window: 60, max: NO_LIMIT, customRules: { '/sign-in/email': { window: 60, max: NO_LIMIT } } },
    telemetry: { enabled: false },
    logger: { level: 'error' }
  }
}
