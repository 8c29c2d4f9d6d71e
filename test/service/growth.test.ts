// Input of others is parsed in linear time: headers of 16 KB, and the stream of an issuer.
import t from 'tap'
import { parseBase } from '../../client/address.ts'
import { toError } from '../../client/errors.ts'
import { createAsk } from '../../client/request.ts'
import { parseTokens } from '../../client/tokens.ts'
import { networkPrefix } from '../../src/network-prefix.ts'
import { toOrigin } from '../../src/audit/index.ts'
import { defaultRoles } from '../../src/contract/index.ts'
import { parseBearer } from '../../src/contract/bearer.ts'
import { normalizeEmail } from '../../src/accounts/email.ts'
import { parseHeader } from '../../src/verify/token-segments.ts'
import { createLocalKeySource } from '../../src/edge/index.ts'
import { createSseParser } from '../../src/verify/remote/sse-parser.ts'
import { parseRevoked } from '../../src/verify/remote/issuer-messages.ts'
import { createTokenVerifier } from '../../src/verify/token-verifier.ts'
import { startSpan } from '../../src/http/trace.ts'
import { sanitizeLine, redactSecrets } from '../../src/http/logging.ts'
import { createSessionCookie } from '../../src/sessions/cookies.ts'
import { EMAIL_FORMAT } from '../../src/http/formats.ts'
import { assertLinear } from '../support/growth.ts'
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts'

const HEADER_BYTES = 16 * 1024

const cookie = createSessionCookie({ issuer: 'https://example.com', corsOrigins: [], cookieDomain: undefined })
const verifier = createTokenVerifier({ issuer: 'https://example.com', audience: 'api', roles: defaultRoles, keys: createLocalKeySource() })
const ask = createAsk(async () => new Response('{}'))

function refused (work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  cookies: (text) => cookie.read({ headers: { cookie: text } }),
  'an address': networkPrefix,
  'an authorization': parseBearer,
  'an e-mail': normalizeEmail,
  'an e-mail of a schema': (text) => EMAIL_FORMAT.test(text),
  'an e-mail in Greek': (text) => normalizeEmail(`${text}σ@${text}σ`),
  'a traceparent': startSpan,
  'a user agent': (text) => toOrigin({ ip: '192.0.2.1', id: 'a', headers: { 'user-agent': text } }),
  'the header of a token': parseHeader,
  'a token': (text) => verifier.verify(text),
  'an entry of the feed': (text) => refused(() => parseRevoked({ sid: text, exp: 1 })),
  'a token response, by the client': (text) => refused(() => parseTokens({ access_token: text, session_id: text, expires_in: 1 }, 0)),
  'a member of a path, by the client': (text) => ask('GET', '/admin/users/{id}', { path: { id: text } }).catch(() => {}),
  'an answer, by the client': (text) => toError(500, text, undefined),
  'an address, by the client': (text) => refused(() => parseBase(`https://example.com/${text}`)),
  'a line of the log': sanitizeLine,
  'an error in the log': (text) => redactSecrets({ err: new Error(text) })
}

for (const [reader, read] of Object.entries(READERS)) {
  t.test(`${reader}: linear`, async (t) => {
    const work = (text: unknown) => read(String(text))
    for (const [name, input] of Object.entries(HOSTILE_TEXTS)) await assertLinear(t, name, { size: HEADER_BYTES, input, work })
  })
}

t.test('a stream that comes byte by byte: linear', async (t) => {
  const work = (bytes: unknown) => {
    const push = createSseParser({ maxLength: 1e6, onEvent () {} })
    for (const byte of bytes as Uint8Array) push(Uint8Array.of(byte))
  }
  const table: Record<string, (size: number) => string> = {
    'one line': (size) => `data:${'a'.repeat(size)}\n\n`,
    'many lines of one event': (size) => 'data:\n'.repeat(size / 6),
    'a field without a colon': (size) => 'a'.repeat(size)
  }
  for (const [name, make] of Object.entries(table)) {
    await assertLinear(t, name, { size: 4_096, input: (size) => Buffer.from(make(size)), work })
  }
})
