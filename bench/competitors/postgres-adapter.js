// A Postgres adapter for oidc-provider, after its example/my_adapter.js and the MongoDB adapter that it links: a table for each model, with
// the payload as JSON and a column for each lookup. Statements are prepared once per connection.

export const MODELS = [
  'AccessToken', 'AuthorizationCode', 'BackchannelAuthenticationRequest', 'Client', 'ClientCredentials', 'DeviceCode', 'Grant',
  'InitialAccessToken', 'Interaction',
  'PreAuthorizedCode', 'PushedAuthorizationRequest', 'RefreshToken', 'RegistrationAccessToken', 'ReplayDetection', 'Session'
]

/** @typedef {Record<string, unknown> & { grantId?: string, uid?: string, consumed?: boolean }} Payload */

/** @param {string} model */
export function toTableName (model) {
  return `oidc_${model.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase()}`
}

/** @returns {string} SQL */
export function schemaSql (/** @type {string} */ model) {
  const table = toTableName(model)
  return `create table ${table} (id text primary key, payload jsonb not null, grant_id text, uid text, expires_at timestamptz,
      consumed_at timestamptz);
    create index on ${table} (grant_id); create index on ${table} (uid); create index on ${table} (expires_at);`
}

/** @param {import('pg').Pool} pool */
export function createAdapterOn (pool) {
  return (/** @type {string} */ model) => createAdapter(pool, model)
}

/**
 * @param {import('pg').Pool} pool
 * @param {string} model
 */
function createAdapter (pool, model) {
  const table = toTableName(model)
  const ask = async (/** @type {string} */ verb, /** @type {string} */ text, /** @type {unknown[]} */ values) =>
    (await pool.query({ name: `${table} ${verb}`, text, values })).rows
  const findBy = async (/** @type {'id' | 'uid'} */ column, /** @type {string} */ value) => {
    const [row] = await ask(
      `find by ${column}`,
      `select payload, consumed_at from ${table} where ${column} = $1 and (expires_at is null or expires_at > now())`,
      [value]
    )
    return row && { ...row.payload, ...row.consumed_at && { consumed: true } }
  }

  return {
    /**
     * @param {string} id
     * @param {Payload} payload
     * @param {number} [expiresIn] seconds
     */
    async upsert (id, payload, expiresIn) {
      const expiresAt = expiresIn === undefined ? null : new Date(Date.now() + expiresIn * 1000)
      await ask('upsert', `insert into ${table} (id, payload, grant_id, uid, expires_at) values ($1, $2, $3, $4, $5)
        on conflict (id) do update
          set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`,
      [id, payload, payload.grantId ?? null, payload.uid ?? null, expiresAt])
    },
    find: (/** @type {string} */ id) => findBy('id', id),
    findByUid: (/** @type {string} */ uid) => findBy('uid', uid),
    // The device flow is off.
    async findByUserCode () {},
    async consume (/** @type {string} */ id) { await ask('consume', `update ${table} set consumed_at = now() where id = $1`, [id]) },
    async destroy (/** @type {string} */ id) { await ask('destroy', `delete from ${table} where id = $1`, [id]) },
    async revokeByGrantId (/** @type {string} */ grantId) { await ask('revoke', `delete from ${table} where grant_id = $1`, [grantId]) }
  }
}
