// begin docs/verifying.md
import { createVerifier } from 'fast-jwt'
import buildGetJwks from 'get-jwks'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const keys = buildGetJwks()

export const verify = createVerifier({
  key: ({ header: { kid, alg } }) => keys.getPublicKey({ domain: ISSUER, kid, alg }),
  algorithms: [ALGORITHM],
  checkTyp: 'at+jwt',
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  requiredClaims: ['iss', 'aud', 'exp'], // an absent claim is not checked otherwise
  clockTolerance: 5_000
})
// end docs/verifying.md
