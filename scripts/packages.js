// The packages that are published beside the service: parts of its build, each with the dependencies that its files import and no others.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Package
 * @property {string} name its README is packages/NAME.md
 * @property {string} description
 * @property {string[]} keywords
 * @property {string[]} parts what it has of dist
 * @property {Record<string, string>} doors modules of dist, without their extension, by what follows the name in an import
 * @property {Record<string, string>} peers versions of what the app that uses it brings along
 * @property {Record<string, string>} optionalPeers versions of what only an app brings along that uses one of the doors
 * @property {boolean} isForNode only
 */

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The service itself. @type {Record<string, any>} */
export const SERVICE = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** @type {Package} */
const VERIFY = {
  name: 'gatepass-verify',
  description: 'Verifies gatepass access tokens in any Node service: no framework, no database, no private key.',
  keywords: ['jwt', 'verify', 'access-token', 'bearer', 'revocation', 'authentication', 'express', 'hono', 'nestjs'],
  parts: ['verify', 'contract', 'errors', 'public-error'],
  // The internals are for gatepass-edge of the same version.
  doors: { '.': 'verify/index', './web': 'verify/web/index', './internals': 'verify/internals' },
  peers: {},
  optionalPeers: {},
  isForNode: true
}

/** @type {Package} */
const EDGE = {
  name: 'gatepass-edge',
  description: 'Verifies gatepass access tokens in any Fastify service: no database, no private key.',
  keywords: ['fastify', 'fastify-plugin', 'jwt', 'verify', 'access-token', 'bearer', 'revocation', 'authentication', 'authorization'],
  parts: ['edge'],
  doors: { '.': 'edge/index' },
  peers: { fastify: `^${SERVICE.dependencies.fastify}` },
  optionalPeers: {},
  isForNode: true
}

/** @type {Package} */
const CLIENT = {
  name: 'gatepass-client',
  description: 'A client of gatepass for browsers, React Native and Node that never loses a session.',
  keywords: ['jwt', 'session', 'refresh-token', 'login', 'fetch', 'client', 'authentication', 'react-native'],
  parts: ['client'],
  doors: { '.': 'client/index', './react': 'client/react' },
  peers: {},
  optionalPeers: { react: '>=18' },
  isForNode: false
}

export const PACKAGES = [VERIFY, EDGE, CLIENT]

/** The edge imports the other package and does not copy it: there is one `Rejection`, and one `Register`. */
export const MOVED = new Map([['../verify/index', 'gatepass-verify'], ['../verify/internals', 'gatepass-verify/internals']])
