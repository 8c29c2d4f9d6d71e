// oidc-provider standalone, after its example/standalone.js, with one public client. Its settings, all documented, give the behaviour of
// the
// service: each refresh token is used once (rotateRefreshToken), access tokens are JWTs that are not stored (features.resourceIndicators),
// and the database is asked whether the account is enabled (findAccount).
import pg from 'pg'
import { load } from './installed.js'
import { CLIENT_ID, ISSUER, KEY, RESOURCE, SCOPE } from './oidc-provider-data.js'
import { createAdapterOn } from './postgres-adapter.js'

const { Provider } = await load('oidc-provider')
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? '', max: 10 })

const provider = new Provider(ISSUER, {
  adapter: createAdapterOn(pool),
  clients: [{
    client_id: CLIENT_ID,
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'ES256',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['http://localhost:3000/callback']
  }],
  cookies: { keys: ['bench'] },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: SCOPE, audience: RESOURCE, accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } }
      })
    }
  },
  interactions: { url: (/** @type {unknown} */ _context, /** @type {{ uid: string }} */ { uid }) => `/interaction/${uid}` },
  jwks: { keys: [KEY] },
  rotateRefreshToken: true,
  ttl: { AccessToken: 300, Grant: 30 * 86_400, RefreshToken: 30 * 86_400 },
  findAccount
})
provider.listen(Number(process.env.PORT))

/**
 * @param {unknown} _context
 * @param {string} id
 */
async function findAccount (_context, id) {
  const { rows: [account] } = await pool.query({
    name: 'account', text: 'select id from accounts where id = $1 and disabled_at is null', values: [id]
  })
  return account && { accountId: id, claims: () => ({ sub: id }) }
}
