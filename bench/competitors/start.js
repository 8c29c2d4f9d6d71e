// The cost of running a competitor: the start of its server, its packages, its client.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { argon2id, hash } from 'argon2'
import { ARGON2, PASSWORD } from '../harness/service.js'
import { betterAuthOn, createBetterAuth, signInAt } from './better-auth-data.js'
import { listDirectories, load, competitorVersion } from './installed.js'
import { createOidcProvider, oidcProviderOn, refreshGrant } from './oidc-provider-data.js'

/**
 * @typedef {object} Candidate
 * @property {string} title
 * @property {import('../harness/processes.js').Program} program
 * @property {(address: string) => Promise<void>} first sends the request whose response ends the measurement; repeatable on one database
 * @property {string[]} directories of all packages that an installation needs
 * @property {number} [clientBytes] gzipped
 */

/**
 * @param {import('../harness/database.js').Databases} databases
 * @returns {Promise<Candidate[]>}
 */
export async function createStartCompetitors (databases) {
  const betterAuth = await createBetterAuth(databases, 'better_auth', {
    users: 1, sessions: 0, passwordHash: await hash(PASSWORD, { type: argon2id, ...ARGON2 })
  })
  const tokens = 1_000
  const oidcProvider = await createOidcProvider(databases, 'oidc_provider', { users: 1, sessions: tokens })
  let shown = 0
  return [
    {
      title: `${competitorVersion('better-auth')}, on Fastify`,
      program: betterAuthOn(betterAuth),
      first: async (address) => { await signInAt(address, 'user0@example.com', PASSWORD) },
      directories: listDirectories(['better-auth', 'fastify', 'pg', 'argon2']),
      clientBytes: await gzippedBytes('export { createAuthClient } from \'better-auth/client\'')
    },
    {
      title: competitorVersion('oidc-provider'),
      program: oidcProviderOn(oidcProvider),
      async first (address) {
        const { path, ...request } = refreshGrant(shown++)
        const reply = await fetch(`${address}${path}`, request)
        const body = await reply.text()
        if (reply.status !== 200) throw new Error(`no refresh: ${reply.status} ${body}`)
      },
      directories: listDirectories(['oidc-provider', 'pg'])
    }
  ]
}

/**
 * @param {string} source a module that exports what pages need of a client; packages are those of the competitors
 * @returns {Promise<number>} of it and all that it imports: bundled, minified and gzipped
 */
export async function gzippedBytes (source) {
  const { build } = await load('esbuild')
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}
