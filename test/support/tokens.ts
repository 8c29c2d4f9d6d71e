// Access tokens without a login, under a key that only tests have.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { CLIENT_ID, TOKEN_TYPE, type AccessClaims, type PublicJwk } from '../../src/contract/index.ts'

export const TEST_ISSUER = 'https://auth.example.com'
export const TEST_AUDIENCE = 'api'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { x = '', y = '' } = publicKey.export({ format: 'jwk' })

/** What a verifier must know to accept these tokens. */
export const testKey: PublicJwk = { kid: 'test-key', alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256', x, y }

/**
 * @param claims what differs from a good token of a user
 * @returns a value for the Authorization header
 */
export function bearer (claims: Partial<AccessClaims> = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const payload: AccessClaims = {
    iss: TEST_ISSUER,
    aud: TEST_AUDIENCE,
    sub: randomUUID(),
    role: 'user',
    sid: randomUUID(),
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
    client_id: CLIENT_ID,
    ...claims
  }
  const signed = `${encode({ alg: testKey.alg, kid: testKey.kid, typ: TOKEN_TYPE })}.${encode(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `Bearer ${signed}.${signature.toString('base64url')}`
}

function encode (value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
