// A database with the rows that oidc-provider would write through its adapter, filled with SQL.
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { query } from '../harness/database.js'
import { ENVIRONMENT } from './installed.js'
import { MODELS, schemaSql } from './postgres-adapter.js'

export const ISSUER = 'http://localhost:3000'
export const CLIENT_ID = 'spa'
export const RESOURCE = 'https://api.example.com'
export const SCOPE = 'campaigns:read'

/** The key that the documentation's example has, for everybody to know. */
export const KEY = {
  kty: 'EC',
  crv: 'P-256',
  use: 'sig',
  alg: 'ES256',
  kid: 'bench',
  d: 'K9xfPv773dZR22TVUB80xouzdF7qCg5cWjPjkHyv7Ws',
  x: 'FWZ9rSkLt6Dx9E3pxLybhdM6xgR5obGsj5_pqmnz5J4',
  y: '_n8G69C-A2Xl4xUW2lF0i8ZGZnk_KPYrhv4GbTGu5G4'
}

const ENTRY = fileURLToPath(new URL('./oidc-provider.js', import.meta.url))

/**
 * @param {string} url of its database
 * @returns {import('../harness/processes.js').Program}
 */
export function oidcProviderOn (url) {
  return { entry: ENTRY, environment: { ...ENVIRONMENT, DATABASE_URL: url } }
}

/**
 * Creates its tables and one of accounts, with a grant and a refresh token for each session.
 *
 * @param {import('../harness/database.js').Databases} databases
 * @param {string} name of the database
 * @param {{ users: number, sessions: number }} counts
 * @returns {Promise<string>} its address
 */
export async function createOidcProvider ({ databaseUrl }, name, { users, sessions }) {
  await query(databaseUrl(), `create database ${name}`)
  const url = databaseUrl(name)
  await query(url, ['create table accounts (id text primary key, disabled_at timestamptz);', ...MODELS.map(schemaSql)].join('\n'))
  await query(url, 'insert into accounts (id) select \'user\' || n from generate_series(0, $1::int - 1) n', [users])
  const now = Math.floor(Date.now() / 1000)
  const exp = now + 30 * 86_400
  const common = { iat: now, exp, clientId: CLIENT_ID }
  const grant = { ...common, kind: 'Grant', resources: { [RESOURCE]: SCOPE }, openid: { scope: 'offline_access' } }
  const token = {
    ...common,
    kind: 'RefreshToken',
    authTime: now,
    expiresWithSession: false,
    gty: 'authorization_code',
    iiat: now,
    resource: RESOURCE,
    scope: `offline_access ${SCOPE}`
  }
  const account = '\'accountId\', \'user\' || n % $2::int'
  await query(url, `insert into oidc_grant (id, payload, expires_at)
    select ${idSql('grant')}, $3::jsonb || jsonb_build_object('jti', ${idSql('grant')}, ${account}), to_timestamp($4)
    from generate_series(0, $1::int - 1) n`, [
    sessions, users, grant, exp
  ])
  await query(url, `insert into oidc_refresh_token (id, payload, grant_id, expires_at)
    select ${idSql('token')}, $3::jsonb || jsonb_build_object('jti', ${idSql('token')}, 'grantId', ${idSql('grant')}, ${account}),
      ${idSql('grant')}, to_timestamp($4)
    from generate_series(0, $1::int - 1) n`, [
    sessions, users, token, exp
  ])
  await query(url, 'vacuum analyze')
  return url
}

/**
 * @param {string} url
 * @returns {Promise<number>} how many refresh tokens have been used, each of them for a new one
 */
export async function countRotated (url) {
  const [{ used, made }] = await query(url, `select count(*) filter (where consumed_at is not null)::int as used,
      count(*) filter (where payload ? 'rotations')::int as made
    from oidc_refresh_token where consumed_at is not null or payload ? 'rotations'`)
  if (used !== made) throw new Error(`${used} refresh tokens were used for ${made} others`)
  return used
}

/** SQL: an id of n, as random as its own. */
function idSql (/** @type {string} */ what) {
  return `md5('${what}' || n)`
}

/**
 * @param {number} number of a session
 * @returns {import('../harness/load.js').Request} with its first refresh token
 */
export function refreshGrant (number) {
  const token = createHash('md5').update(`token${number}`).digest('hex')
  return {
    method: 'POST',
    path: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: token }).toString()
  }
}
