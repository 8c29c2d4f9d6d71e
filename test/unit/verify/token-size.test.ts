// The largest tokens that an issuer can write: they fit beside other headers, and are accepted.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { AccessClaims } from '../../../src/contract/index.ts'
import { createLocalKeySource } from '../../../src/edge/index.ts'
import { verifierWith } from '../edge/apps.ts'
import { createKeyMaterial, goodClaims, ISSUER, mint } from '../../support/tokens.ts'

// As long as those of the service.
const KID = '0123456789abcdef'
const LONGEST_ROLE = 'r'.repeat(32)

/** The token, if it is accepted. */
function mintAccepted (alg: 'ES256' | 'EdDSA' | 'RS256', claims: AccessClaims): string {
  const material = createKeyMaterial(alg, KID)
  const verifier = verifierWith({ issuer: claims.iss, audience: claims.aud, keys: createLocalKeySource([material.jwk]) })
  const token = mint(material, claims)
  const result = verifier.verify(token)
  if (typeof result === 'string') throw new Error(`rejected: ${result}`)
  return token
}

t.test('TF12: a first-party token has at most 640 bytes, without custom claims and with the usual issuer and role', async (t) => {
  for (const role of ['user', 'advertiser', LONGEST_ROLE]) {
    const length = mintAccepted('ES256', goodClaims({ iss: ISSUER, role, acr: 'aal2' })).length
    t.comment(`${role}: ${length} bytes`)
    t.ok(length <= 640, `${role}: ${length} bytes`)
  }
})

t.test('TF12: the largest token of all has at most 1,400 bytes with ES256 and 1,650 with RS256, and is accepted', async (t) => {
  const largest = goodClaims({
    iss: `https://${'i'.repeat(52)}`,
    aud: 'a'.repeat(64),
    role: LONGEST_ROLE,
    client_id: randomUUID(),
    acr: 'aal1',
    scope: `${'s'.repeat(31)} `.repeat(8).slice(0, -1) + 's',
    ext: { org_id: 'x'.repeat(83) }
  })
  const { iss, aud, role, scope = '', ext, client_id: clientId } = largest
  t.strictSame([iss, aud, role, scope, JSON.stringify(ext), clientId].map(({ length }) => length), [60, 64, 32, 256, 96, 36])
  for (const [alg, bytes] of [['ES256', 1400], ['EdDSA', 1400], ['RS256', 1650]] as const) {
    const { length } = mintAccepted(alg, largest)
    t.comment(`${alg}: ${length} bytes`)
    t.ok(length <= bytes, `${alg}: ${length} bytes`)
  }
})
