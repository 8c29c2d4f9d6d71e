// begin docs/verifying.md
import { Hono } from 'hono'
import { jwk } from 'hono/jwk'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const app = new Hono()
app.use(jwk({
  jwks_uri: `${ISSUER}/.well-known/jwks.json`,
  alg: [ALGORITHM],
  // Without `typ` it refuses every token; `iat` may be three seconds ahead, which hono does not tolerate.
  verification: { iss: ISSUER, aud: AUDIENCE, typ: 'at+jwt', iat: false }
}))
app.get('*', (context) => {
  const { sub, role } = context.get('jwtPayload')
  return context.json({ user: sub, role })
})
// end docs/verifying.md

export { app }
