// An edge in another process than its issuer, with a fake issuer and a time that the test advances.
import type { EdgeLog, RemoteVerifier, RemoteVerifierOptions } from '../../../../src/verify/index.ts'
import { createRemoteVerifier } from '../../../../src/verify/remote/remote-verifier.ts'
import { createFakeTime, type FakeTime } from '../../../support/fake-time.ts'
import { AUDIENCE, createKeyMaterial, goodClaims, mint, type KeyMaterial } from '../../../support/tokens.ts'
import { roles } from '../../edge/apps.ts'
import { createFakeIssuer, FEED_TOKEN, type FakeIssuer, type Teardown } from './fake-issuer.ts'

export const first = createKeyMaterial('ES256', 'first')
export const second = createKeyMaterial('EdDSA', 'second')

export const NOT_READY = {
  type: '/problems/not-ready', title: 'Service Unavailable', status: 503, detail: 'The service is not ready.', code: 'not_ready'
}

export interface Setup {
  fake: FakeIssuer
  time: FakeTime
  lines: string[]
  /** Another edge of the same issuer, with the same time. */
  createEdge (options?: Partial<RemoteVerifierOptions>): RemoteVerifier
  token (claims?: Parameters<typeof goodClaims>[0], material?: KeyMaterial): string
}

export async function setUp (t: Teardown): Promise<Setup> {
  const fake = await createFakeIssuer(t, [first.jwk])
  const time = createFakeTime()
  fake.feed.asOf = () => new Date(time.now())
  const lines: string[] = []
  const log: EdgeLog = { info: (_details, sentence) => lines.push(sentence), warn: (_details, sentence) => lines.push(sentence) }
  return {
    fake,
    time,
    lines,
    createEdge (options = {}) {
      const verifier = createRemoteVerifier({ issuer: fake.issuer, audience: AUDIENCE, roles, log, ...options }, time)
      t.teardown(() => verifier.close())
      return verifier
    },
    token: (claims, material = first) => mint(material, goodClaims({ iss: fake.issuer, ...claims }, Math.floor(time.now() / 1000)))
  }
}

export const FEED = { revocations: { token: FEED_TOKEN } }
