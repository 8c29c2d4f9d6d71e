// A route in Hono that only tokens of the issuer reach.
import { serve } from '@hono/node-server'
import { createVerifier, defineRoles } from 'gatepass/verify'
import { Hono } from 'hono'

const { ISSUER = 'http://localhost:3000', FEED_TOKEN, PORT = '3001' } = process.env

const roles = defineRoles({ admin: ['reports:read', 'campaigns:read'], advertiser: ['campaigns:read'], user: [] })
const verifier = createVerifier({
  issuer: ISSUER, audience: 'api', roles, revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN }
})
// Made once: a capability that no role grants is an error here, not in a request.
const guardReports = verifier.guard({ allow: 'reports:read' })

const app = new Hono()
// Hono sends the response of a rejection by itself.
app.get('/reports', (context) => {
  const user = guardReports(context.req.raw)
  return context.json({ reader: user.id, isAdmin: user.isAdmin() })
})

serve({ fetch: app.fetch, port: Number(PORT) }, () => console.log(`listening on http://localhost:${PORT}`))
