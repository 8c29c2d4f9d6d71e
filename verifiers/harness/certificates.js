// A certificate for localhost, and the authority that the verifiers trust: with https each is configured as in production.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/**
 * @param {string} directory where the files are written
 * @returns {{ authority: string, certificate: string, key: string }} their paths
 */
export function createCertificates (directory) {
  const [authority = '', authorityKey = '', request = '', certificate = '', key = '', extensions = ''] = [
    'authority.pem', 'authority.key', 'localhost.csr', 'localhost.pem', 'localhost.key', 'localhost.ext'
  ].map((name) => join(directory, name))
  writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:false\nextendedKeyUsage=serverAuth\n')
  openssl(['req', '-x509', ...KEY, '-subj', '/CN=verifiers', '-days', '2', '-keyout', authorityKey, '-out', authority])
  openssl(['req', ...KEY, '-subj', '/CN=localhost', '-keyout', key, '-out', request])
  openssl([
    'x509', '-req', '-in', request, '-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-days', '2', '-extfile', extensions,
    '-out', certificate
  ])
  return { authority, certificate, key }
}

/**
 * @param {string} authority the path of its certificate
 * @param {string} directory where the file is written
 * @returns {string} the path of a trust store for Java, whose password is `changeit`
 */
export function createTrustStore (authority, directory) {
  const store = join(directory, 'authority.p12')
  const parameters = ['-importcert', '-noprompt', '-alias', 'verifiers', '-file', authority, '-keystore', store, '-storepass', 'changeit']
  execFileSync('keytool', parameters, { stdio: 'ignore' })
  return store
}

/** @param {string[]} parameters */
function openssl (parameters) {
  execFileSync('openssl', parameters, { stdio: 'ignore' })
}
