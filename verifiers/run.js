// Runs the verifiers of some groups against the service.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/free-port.js'
import { checkTokens, checkTwoAlgorithms } from './checks.js'
import { checkRestarted, rotateInEmergency } from './emergency.js'
import { GROUPS } from './groups.js'
import { createCertificates, createTrustStore } from './harness/certificates.js'
import { startFleet } from './harness/fleet.js'
import { AUDIENCE, createIssuer } from './harness/issuer.js'
import { toPublicJwk } from './harness/tokens.js'
import { VERIFIERS } from './list.js'

/** How long before a rotation they have read the keys: longer than most wait before they read them again for an unknown kid. */
const WARM_SECONDS = 31

/**
 * @param {object} options
 * @param {string[]} options.groups
 * @param {boolean} [options.isQuick] leaves out what takes long; many verifiers then refuse new tokens, since they have just read the keys
 * @param {number} options.watchSeconds how long they are watched after a rotation
 * @param {(sentence: string) => void} options.log
 * @returns {Promise<{ verifiers: import('./list.js').Verifier[], findings: import('./report.js').Findings, leaks: number }>} `leaks`:
 *   how often the key set of the attacker was read
 */
export async function runVerifiers ({ groups, isQuick = false, watchSeconds, log }) {
  const verifiers = groups.flatMap((group) => VERIFIERS[group] ?? [])
  const programs = Object.assign({}, ...groups.map((group) => GROUPS[group]?.programs))
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-verifiers-'))
  const certificates = createCertificates(directory)
  const attacker = await openAttacker(certificates)
  const environment = { AUDIENCE, ...trust(certificates.authority, directory, groups) }
  /** @type {import('./harness/issuer.js').Issuer[]} */
  const issuers = []
  try {
    log('Good and bad tokens …')
    const [{ answers: eddsa }, { answers: es256, issuer }] = await Promise.all([check('EdDSA'), check('ES256')])
    const bothAlgorithms = isQuick ? new Map() : await change(issuer)
    const newKey = await rotate(issuer, false)
    const standby = await rotate(issuer, true)
    return { verifiers, findings: { es256, eddsa, bothAlgorithms, newKey, standby }, leaks: attacker.reads() }
  } finally {
    for (const issuer of issuers) await issuer.close()
    await attacker.close()
    await rm(directory, { recursive: true })
  }

  /** @param {'ES256' | 'EdDSA'} algorithm */
  async function check (algorithm) {
    const issuer = await createIssuer({ algorithm, directory: join(directory, algorithm), certificates })
    issuers.push(issuer)
    await issuer.start()
    return { answers: await withFleet(issuer, (fleet) => checkTokens({ issuer, fleet, verifiers, publishKey: attacker.publish })), issuer }
  }

  /** @param {import('./harness/issuer.js').Issuer} issuer */
  async function change (issuer) {
    log('A token while the key set has two algorithms …')
    await issuer.start('EdDSA')
    return await withFleet(issuer, (fleet) => checkTwoAlgorithms({ issuer, fleet, verifiers }))
  }

  /**
   * @param {import('./harness/issuer.js').Issuer} issuer
   * @param {boolean} useStandby
   */
  async function rotate (issuer, useStandby) {
    log(`A stolen key is replaced by ${useStandby ? 'the standby' : 'a new key'} …`)
    await issuer.start()
    const warmSeconds = isQuick ? 0 : WARM_SECONDS
    const courses = await withFleet(issuer, (fleet) => {
      return rotateInEmergency({ issuer, fleet, verifiers, useStandby, warmSeconds, watchSeconds })
    })
    // A verifier that is started now knows nothing of the stolen key.
    const restarted = await withFleet(issuer, (fleet) => checkRestarted({ issuer, fleet, verifiers }))
    return { courses, restarted }
  }

  /**
   * Starts the programs, and stops them after the work.
   *
   * @template T
   * @param {import('./harness/issuer.js').Issuer} issuer
   * @param {(fleet: import('./harness/fleet.js').Fleet) => Promise<T>} work
   */
  async function withFleet ({ address, algorithm }, work) {
    const fleet = await startFleet(programs, verifiers, { ...environment, ISSUER: address, ALGORITHM: algorithm })
    try {
      return await work(fleet)
    } finally {
      await fleet.stop()
    }
  }
}

/**
 * @param {string} authority the path of its certificate
 * @param {string} directory
 * @param {string[]} groups
 * @returns {Record<string, string>} settings by which programs in any language trust that authority
 */
function trust (authority, directory, groups) {
  const settings = { NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: authority, REQUESTS_CA_BUNDLE: authority, CA_FILE: authority }
  if (!groups.includes('java')) return settings
  const store = createTrustStore(authority, directory)
  return { ...settings, JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${store} -Djavax.net.ssl.trustStorePassword=changeit` }
}

/**
 * Publishes a key that no verifier may read.
 *
 * @param {{ certificate: string, key: string }} certificates
 */
async function openAttacker ({ certificate, key }) {
  /** @type {object[]} */
  const keys = []
  let reads = 0
  const port = await freePort()
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) => {
    reads++
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  })
  await once(server.listen(port), 'listening')
  return {
    /** @param {import('./harness/issuer.js').Key} attacker */
    publish (attacker) {
      keys.push(toPublicJwk(attacker))
      return `https://localhost:${port}/.well-known/jwks.json`
    },
    reads: () => reads,
    async close () {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
