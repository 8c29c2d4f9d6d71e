// A page and its API: the page logs in at gatepass, which holds the session in a cookie; the API verifies the tokens that the page sends.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import Fastify from 'fastify'
import { createVerifier, defineRoles, edge } from 'gatepass/edge'

const { ISSUER = 'http://localhost:3000', AUDIENCE = 'api', FEED_TOKEN, PORT = '3001' } = process.env

const HERE = new URL('page/', import.meta.url)
const INDEX = readFileSync(new URL('index.html', HERE), 'utf8')
const [, importMap = ''] = /<script type="importmap">(.*)<\/script>/.exec(INDEX) ?? []

/** Nothing runs in the page but its own scripts, and it talks to nobody but us and gatepass. */
const PAGE_POLICY = [
  "default-src 'none'", `script-src 'self' 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`, "style-src 'self'",
  "img-src 'self'", `connect-src 'self' ${ISSUER}`,
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"
].join('; ')

/** @type {Record<string, string>} */
const TYPES = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' }

const roles = defineRoles({ admin: ['tips:read'], advertiser: ['tips:read'], user: ['tips:read'] })
const app = Fastify({ logger: { level: 'warn' } })
const verifier = createVerifier({
  issuer: ISSUER,
  audience: AUDIENCE,
  roles,
  // With the feed, a session that is ended is refused here milliseconds later; without, when its token expires.
  revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN },
  log: app.log
})

app.addHook('onRequest', async (_request, reply) => {
  reply.headers({
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache'
  })
})
app.register(page)
app.register(tips, { verifier })
app.addHook('onClose', () => verifier.close())

await app.listen({ port: Number(PORT) })
await verifier.ready()
console.log(`the page is at http://localhost:${PORT}`)

/**
 * The files of the page, and gatepass's client as it is installed: a browser needs no bundler for it.
 *
 * @param {import('fastify').FastifyInstance} app
 */
async function page (app) {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(INDEX))
  app.get('/settings.json', () => ({ issuer: ISSUER }))
  serve('/', HERE)
  serve('/gatepass-client/', new URL('.', import.meta.resolve('gatepass/client')))
  serveFile('/lean-qr.js', new URL(import.meta.resolve('lean-qr')))

  /**
   * @param {string} prefix
   * @param {URL} directory
   */
  function serve (prefix, directory) {
    for (const name of readdirSync(directory)) {
      if (TYPES[extname(name)] !== undefined) serveFile(`${prefix}${name}`, new URL(name, directory))
    }
  }

  /**
   * @param {string} path
   * @param {URL} file
   */
  function serveFile (path, file) {
    const content = readFileSync(file)
    app.get(path, (_request, reply) => reply.type(TYPES[extname(path)] ?? '').send(content))
  }
}

/**
 * The guarded part of the API.
 *
 * @param {import('fastify').FastifyInstance} module
 * @param {{ verifier: import('gatepass/edge').Verifier }} options
 */
async function tips (module, { verifier }) {
  await module.register(edge, { verifier, allow: 'tips:read' })
  module.get('/api/tip', ({ currentUser }) => ({
    tip: `You are here as ${currentUser.role}: end the sessions that you do not know.`, at: new Date().toISOString()
  }))
}
