// Other verifiers accept our tokens, and refuse what is none.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { VERIFIERS } from '../../verifiers/list.js'
import { ask, logIn } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { runScript, startService } from '../support/process.ts'

const GROUPS = ['npm', 'debian']
/** Each service is started several times, and each verifier is asked 15 times for two algorithms. */
const TIMEOUT_MS = 600_000

t.test('VF28: verifiers from npm and Debian, as docs/verifying.md sets them up, accept our tokens and no bad ones', async (t) => {
  t.setTimeout(TIMEOUT_MS)
  const { code, output } = await runScript(['verifiers/index.js', ...GROUPS, '--quick'])
  t.equal(code, 0, output)
  for (const group of GROUPS) {
    const [, problem] = new RegExp(`^(${group}: skipped.*)$`, 'm').exec(output) ?? []
    t.test(group, { skip: problem ?? false }, async (t) => {
      for (const { title } of VERIFIERS[group] ?? []) t.match(output, `│ ${title} `, title)
    })
  }
})

t.test('VF28: a token of an RSA key verifies with plain jose, from the issuer\'s address alone', async (t) => {
  const settings = { DATA_DIR: t.testdir(), ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD, SIGNING_ALGORITHM: 'RS256' }
  const { address } = await startService(t, settings)
  const { accessToken, sessionId } = await logIn(address, 'ada@example.com', PASSWORD)
  const { body: metadata } = await ask(`${address}/.well-known/openid-configuration`)
  const keys = createRemoteJWKSet(new URL(String(metadata.jwks_uri)))
  const { payload, protectedHeader } = await jwtVerify(accessToken, keys, {
    issuer: address, audience: 'api', typ: 'at+jwt', algorithms: ['RS256']
  })
  t.match(payload, { sid: sessionId, role: 'admin', client_id: 'gatepass' })
  t.equal(protectedHeader.alg, 'RS256')
})
