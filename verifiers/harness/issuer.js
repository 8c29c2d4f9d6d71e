// The service behind https on this machine, and a thief who has its private keys.
import { createPrivateKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { Agent, request as sendRequest } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { freePort } from '../../scripts/free-port.js'
import { ROOT } from '../../scripts/run.js'
import { postJson, QUICK_SETTINGS, startService } from '../../scripts/service-process.js'

/** @typedef {import('../../src/contract/index.ts').Algorithm} Algorithm */
/** @typedef {{ kid: string, alg: Algorithm, privateKey: import('node:crypto').KeyObject }} Key */
/** @typedef {Awaited<ReturnType<typeof createIssuer>>} Issuer */

export const AUDIENCE = 'api'

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: randomBytes(18).toString('base64url') }

/**
 * @param {object} options
 * @param {Algorithm} options.algorithm
 * @param {string} options.directory for its database
 * @param {{ certificate: string, key: string }} options.certificates the paths of those for localhost
 */
export async function createIssuer ({ algorithm, directory, certificates }) {
  const [port, publicPort] = [await freePort(), await freePort()]
  const address = `https://localhost:${publicPort}`
  const local = `http://127.0.0.1:${port}`
  const secret = randomBytes(32)
  const [template, dataDir] = [join(directory, 'template'), join(directory, 'data')]
  const settings = {
    ...QUICK_SETTINGS,
    ...ADMIN,
    PORT: String(port),
    ISSUER: address,
    AUDIENCES: AUDIENCE,
    SIGNING_ALGORITHM: algorithm,
    SECRET_KEYS: secret.toString('base64')
  }
  await mkdir(directory)
  const front = await openFront({ port, publicPort, certificates })
  await (await startService({ ...settings, DATA_DIR: template }, directory)).stop()
  const [signing, standby] = await stealKeys(template, secret)
  if (signing === undefined || standby === undefined) throw new Error('the service has no two keys')
  /** @type {Awaited<ReturnType<typeof startService>> | undefined} */
  let service

  return {
    address,
    algorithm,
    /** The keys that sign at first, and that are published beside it. */
    signing,
    standby,
    /**
     * Starts the service with its first keys, whatever happened before.
     *
     * @param {Algorithm} [nextAlgorithm] publishes a key of it, too
     */
    async start (nextAlgorithm = algorithm) {
      await service?.stop()
      await rm(dataDir, { recursive: true, force: true })
      await cp(template, dataDir, { recursive: true })
      service = await startService({ ...settings, SIGNING_ALGORITHM: nextAlgorithm, DATA_DIR: dataDir }, directory)
    },
    logIn,
    /**
     * @param {{ compromised: string, use_standby?: boolean }} body
     */
    async rotate (body) {
      const { token } = await logIn()
      await postJson(`${local}/admin/keys/rotate`, body, { authorization: `Bearer ${token}` })
    },
    async close () {
      await service?.stop()
      await front.close()
    }
  }

  async function logIn () {
    const { access_token: token } = await postJson(`${local}/auth/login`, { email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD })
    return { token: String(token) }
  }
}

/**
 * Takes the private keys from the database, as a thief with SECRET_KEYS can.
 *
 * @param {string} dataDir of a service that has stopped
 * @param {Buffer} secret
 * @returns {Promise<Key[]>} the key that signs, and those after it
 */
async function stealKeys (dataDir, secret) {
  /** @type {typeof import('../../src/keys/private-keys.ts')} */
  const { createKeyEncryption } = await import(`${ROOT}dist/keys/private-keys.js`)
  const encryption = createKeyEncryption([secret])
  const database = await PGlite.create(join(dataDir, 'postgres'))
  try {
    const { rows } = await database.query('select kid, algorithm, private_jwe from signing_keys order by signs_from nulls last')
    return await Promise.all(rows.map(async (row) => {
      const { kid, algorithm, private_jwe: jwe } = /** @type {{ kid: string, algorithm: Algorithm, private_jwe: string }} */ (row)
      return { kid, alg: algorithm, privateKey: createPrivateKey({ key: await encryption.decrypt(jwe, kid), format: 'jwk' }) }
    }))
  } finally {
    await database.close()
  }
}

/**
 * @param {{ port: number, publicPort: number, certificates: { certificate: string, key: string } }} options
 */
async function openFront ({ port, publicPort, certificates: { certificate, key } }) {
  const agent = new Agent({ keepAlive: true })
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    const { method, headers, url: path } = request
    request.pipe(sendRequest({ agent, port, method, headers, path }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(response)
    }).on('error', () => response.destroy()))
  })
  await once(server.listen(publicPort), 'listening')
  return {
    async close () {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
