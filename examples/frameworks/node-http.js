// A route of plain node:http that only tokens of the issuer reach.
import { createServer } from 'node:http'
import { createVerifier, defineRoles, Rejection } from 'gatepass/verify'

const { ISSUER = 'http://localhost:3000', FEED_TOKEN, PORT = '3001' } = process.env

const roles = defineRoles({ admin: ['reports:read', 'campaigns:read'], advertiser: ['campaigns:read'], user: [] })
const verifier = createVerifier({
  issuer: ISSUER, audience: 'api', roles, revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN }
})
// Made once: a capability that no role grants is an error here, not in a request.
const guardReports = verifier.guard({ allow: 'reports:read' })

const server = createServer((request, response) => {
  try {
    const user = guardReports(request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ reader: user.id, isAdmin: user.isAdmin() }))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    response.writeHead(error.status, error.headers).end(error.body)
  }
})

server.listen(Number(PORT), () => console.log(`listening on http://localhost:${PORT}`))
