// begin docs/verifying.md
import { JwtVerifier } from 'aws-jwt-verify'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const verifier = JwtVerifier.create({
  issuer: ISSUER,
  audience: AUDIENCE,
  jwksUri: `${ISSUER}/.well-known/jwks.json`,
  customJwtCheck ({ header }) {
    if (header.typ !== 'at+jwt' || header.alg !== ALGORITHM) throw new Error('not an access token')
  }
})

export const verify = (token) => verifier.verify(token)
// end docs/verifying.md
