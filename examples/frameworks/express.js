// A route in Express that only tokens of the issuer reach.
import express from 'express'
import { createVerifier, defineRoles, Rejection } from 'gatepass/verify'

const { ISSUER = 'http://localhost:3000', FEED_TOKEN, PORT = '3001' } = process.env

const roles = defineRoles({ admin: ['reports:read', 'campaigns:read'], advertiser: ['campaigns:read'], user: [] })
const verifier = createVerifier({
  issuer: ISSUER, audience: 'api', roles, revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN }
})
// Made once: a capability that no role grants is an error here, not in a request.
const guardReports = verifier.guard({ allow: 'reports:read' })

const app = express()
app.get('/reports', (request, response) => {
  const user = guardReports(request)
  response.json({ reader: user.id, isAdmin: user.isAdmin() })
})
app.use(onError)

/**
 * Without it, Express sends the same status and headers, and a page instead of the body.
 *
 * @param {unknown} error
 * @param {express.Request} _request
 * @param {express.Response} response
 * @param {express.NextFunction} next
 */
function onError (error, _request, response, next) {
  if (error instanceof Rejection) response.status(error.status).set(error.headers).send(error.body)
  else next(error)
}

app.listen(Number(PORT), () => console.log(`listening on http://localhost:${PORT}`))
