// begin docs/verifying.md
import jwt from 'jsonwebtoken'
import { JwksClient } from 'jwks-rsa'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const keys = new JwksClient({ jwksUri: `${ISSUER}/.well-known/jwks.json`, cacheMaxAge: 300_000 })
const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: [ALGORITHM], clockTolerance: 5 }

export async function verify (token) {
  const { header } = jwt.decode(token, { complete: true }) ?? {}
  if (header?.typ !== 'at+jwt') throw new Error('not an access token')
  const key = await keys.getSigningKey(header.kid)
  return jwt.verify(token, key.getPublicKey(), options)
}
// end docs/verifying.md
