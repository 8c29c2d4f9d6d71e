// begin docs/verifying.md
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`))

export async function verify (token) {
  const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [ALGORITHM] })
  return payload
}
// end docs/verifying.md
