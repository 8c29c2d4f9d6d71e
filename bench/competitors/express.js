// The route in Express. The first parameter chooses its guard: none, express-jwt with a local key (`key`), or with a remote key set
// (`key-set`), after the README of express-jwt and the example express-demo of jwks-rsa.
import { createPublicKey } from 'node:crypto'
import { readIssuer } from '../harness/tokens.js'
import { load } from './installed.js'

const [, , guard] = process.argv
const { default: express } = await load('express')
const { expressjwt } = await load('express-jwt')
const { default: jwksRsa } = await load('jwks-rsa')
const { issuer, audience, jwk } = readIssuer()

const app = express()
// Fetched once, so it does not matter that this process serves it itself.
app.get('/jwks.json', (/** @type {unknown} */ _request, /** @type {any} */ response) => response.json({ keys: [jwk] }))
if (guard !== undefined) {
  app.use(expressjwt({
    secret: guard === 'key' ? findKey() : findKeySet(), audience, issuer, algorithms: [jwk.alg]
  }))
}
app.get('/campaigns', (/** @type {unknown} */ _request, /** @type {any} */ response) => response.json({ campaigns: [] }))
app.use((
  /** @type {Error} */ error, /** @type {unknown} */ _request, /** @type {any} */ response, /** @type {(error: Error) => void} */ next
) => {
  if (error.name !== 'UnauthorizedError') return next(error)
  response.status(401).json({ error: 'Unauthorized' })
})
app.listen(Number(process.env.PORT))

// The README reads a PEM file for the key.
function findKey () {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
}

function findKeySet () {
  return jwksRsa.expressJwtSecret({
    cache: true, rateLimit: true, jwksRequestsPerMinute: 5, jwksUri: `http://127.0.0.1:${process.env.PORT}/jwks.json`
  })
}
