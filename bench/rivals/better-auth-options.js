// How better-auth is set up, for its server and for whoever makes its tables.
import { createHash } from 'node:crypto'
import { argon2id, hash, verify } from 'argon2'
import pg from 'pg'
import { ARGON2 } from '../harness/service.js'

// It complains of secrets that do not look random.
export const SECRET = createHash('sha256').update('bench').digest('base64')
export const BASE_URL = 'http://localhost:3000'
export const COOKIE = 'better-auth.session_token'

/** So many that nobody is refused, as with the service. */
const FREELY = 1_000_000

/**
 * As these pages of its documentation have it: installation, adapters/postgresql (and the joins that it recommends for sessions),
 * authentication/email-password (custom hashing), guides/optimizing-for-performance (cookie cache).
 *
 * @param {{ url: string, cookieCache?: boolean }} options
 */
export function optionsOf ({ url, cookieCache = false }) {
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
    // An hour in place of its five minutes: nobody's runs out while it is measured.
    session: { cookieCache: { enabled: cookieCache, maxAge: 3600 } },
    advanced: { database: { joins: true } },
    rateLimit: { enabled: true, window: 60, max: FREELY, customRules: { '/sign-in/email': { window: 60, max: FREELY } } },
    telemetry: { enabled: false },
    logger: { level: 'error' }
  }
}
