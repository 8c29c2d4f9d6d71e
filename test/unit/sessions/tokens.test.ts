import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import type { AccessClaims } from '../../../src/contract/index.ts'
import { deriveKeys } from '../../../src/secrets/secret-keys.ts'
import { createTokenMinter } from '../../../src/sessions/tokens.ts'
import { toRotationTimings } from '../../../src/sessions/rotation-policy.ts'
import { ISSUER } from '../../support/tokens.ts'

const lifetimes = { accessTtlSeconds: 300, sessionIdleSeconds: 7 * 86_400, sessionMaxSeconds: 30 * 86_400, rotation: toRotationTimings(30) }

t.test('TF7: of a hundred thousand tokens no two have one jti, and each is told with its token', async (t) => {
  const signed: AccessClaims[] = []
  const keyring = { sign: (claims: AccessClaims) => String(signed.push(claims)) }
  const issue = createTokenMinter({
    keyring,
    refreshTokenKeys: deriveKeys({ secretKeys: [randomBytes(32)], purpose: 'refresh-token' }),
    issuer: ISSUER,
    lifetimes
  })
  const grant = {
    sessionId: randomUUID(),
    generation: 1,
    userId: randomUUID(),
    role: 'user',
    claims: {},
    issuedAt: 1_800_000_000,
    authenticatedAt: 1_800_000_000,
    level: 1 as const,
    remainingSeconds: 86_400,
    revokedKeys: 0
  }
  const told = Array.from({ length: 100_000 }, () => issue(grant, 'api').tokenId)
  t.equal(new Set(told).size, 100_000)
  t.ok(signed.every(({ jti }, index) => jti === told[index]))
  t.match(signed.at(-1), {
    iss: ISSUER, aud: 'api', sub: grant.userId, sid: grant.sessionId, iat: grant.issuedAt, exp: grant.issuedAt + 300
  })
})
