// Passkeys in a real browser, with the authenticator that its developer tools have, from a page of another origin.
import { createServer, type RequestListener } from 'node:http'
import type { Browser, CDPSession, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import type { Database } from '../../src/database/index.ts'
import { eachDatabase } from '../support/database.ts'
import { PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { decodeClaims } from '../support/tokens.ts'
import { createUser } from '../support/users.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'

t.setTimeout(600_000)

const EMAIL = 'ada@example.com'

interface Reply {
  status: number
  // Of any shape: it is what the test looks at.
  body: any
}

const servePage: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>page</title><link rel="icon" href="data:,">
<label>E-mail <input id="email" autocomplete="username webauthn"></label>`)
}

/** What a page does, with nothing but the methods of the browser. */
class PasskeyPage {
  readonly #page: Page
  readonly #service: string
  readonly #cdp: CDPSession
  token = ''

  constructor (page: Page, service: string, cdp: CDPSession) {
    this.#page = page
    this.#service = service
    this.#cdp = cdp
  }

  /** @returns its id */
  async plugIn ({ verifiesUser }: { verifiesUser: boolean }): Promise<string> {
    const options = { protocol: 'ctap2', hasResidentKey: true, automaticPresenceSimulation: true } as const
    const kind = verifiesUser
      ? { transport: 'internal', hasUserVerification: true, isUserVerified: true } as const
      : { transport: 'usb', hasUserVerification: false } as const
    const { authenticatorId } = await this.#cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, ...kind } })
    return authenticatorId
  }

  async unplug (authenticatorId: string): Promise<void> {
    await this.#cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
  }

  async listCredentials (authenticatorId: string): Promise<string[]> {
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId })
    return credentials.map(({ credentialId }) => Buffer.from(credentialId, 'base64').toString('base64url'))
  }

  async ask (method: string, path: string, body?: object): Promise<Reply> {
    const headers = { 'content-type': 'application/json', ...(this.token !== '' && { authorization: `Bearer ${this.token}` }) }
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    return this.#page.evaluate(`fetch('${this.#service}${path}', ${JSON.stringify(init)}).then(async (reply) => {
      const text = await reply.text()
      return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) }
    })`)
  }

  /** `navigator.credentials.create` @throws what the browser throws */
  create (options: object): Promise<object> {
    return this.#page.evaluate(`navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)})
    }).then((credential) => credential.toJSON())`)
  }

  /** `navigator.credentials.get` */
  get (options: object, mediation = 'optional'): Promise<object> {
    return this.#page.evaluate(`navigator.credentials.get({
      mediation: '${mediation}', publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)})
    }).then((credential) => credential.toJSON())`)
  }

  /** @param selection instead of what the service proposes */
  async register (name: string, selection: object = {}): Promise<Reply> {
    const { body: { passkey_options: options } } = await this.ask('POST', '/account/passkeys/options', {})
    const authenticatorSelection = { ...options.authenticatorSelection, ...selection }
    return this.ask('POST', '/account/passkeys', { name, credential: await this.create({ ...options, authenticatorSelection }) })
  }

  async logIn (mediation: string): Promise<Reply> {
    const { body } = await this.ask('POST', '/auth/passkeys/options', {})
    return this.ask('POST', '/auth/passkeys/login', { credential: await this.get(body.passkey_options, mediation) })
  }

  async stepUp (password?: string): Promise<Reply> {
    const { body } = await this.ask('POST', '/auth/step-up/options', {})
    const passkey = await this.get(body.passkey_options)
    return this.ask('POST', '/auth/step-up', { passkey, ...(password !== undefined && { password }) })
  }

  async logInWithSecondFactor (): Promise<Reply> {
    const { status, body } = await this.ask('POST', '/auth/login', { email: EMAIL, password: PASSWORD })
    if (status !== 401) return { status, body }
    return this.ask('POST', '/auth/login/second-factor', { challenge: body.challenge, passkey: await this.get(body.passkey_options) })
  }
}

async function open (t: Test, database: Database, browser: Browser): Promise<PasskeyPage> {
  const [port, pagePort] = [await freePort(), await freePort()]
  const [issuer, origin] = [`http://localhost:${port}`, `http://localhost:${pagePort}`]
  const { app } = await createService(t, database, { settings: { ISSUER: issuer, CORS_ORIGINS: origin } })
  await app.listen({ port, host: 'localhost' })
  const server = createServer(servePage)
  await new Promise<void>((resolve) => server.listen(pagePort, 'localhost', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const { context } = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(origin)
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  return new PasskeyPage(page, issuer, cdp)
}

function toAcr ({ body }: Reply): unknown {
  return decodeClaims(body.access_token).acr
}

const work = async (t: Test, database: Database, browser: Browser): Promise<void> => {
  const id = await createUser(database, EMAIL)
  const page = await open(t, database, browser)
  const phone = await page.plugIn({ verifiesUser: true })

  page.token = (await page.ask('POST', '/auth/login', { email: EMAIL, password: PASSWORD })).body.access_token
  const added = await page.register('Phone')
  t.match(added, { status: 201, body: { name: 'Phone', rp_id: 'localhost' } })
  t.strictSame(await page.listCredentials(phone), [added.body.credential_id])
  await t.rejects(page.register('Phone'), /InvalidStateError/, 'an authenticator that has one makes no second one')

  page.token = ''
  for (const mediation of ['optional', 'conditional']) {
    const reply = await page.logIn(mediation)
    t.equal(reply.status, 200, mediation)
    t.match(decodeClaims(reply.body.access_token), { sub: id, acr: 'phr' })
    page.token = reply.body.access_token
  }

  t.equal(toAcr(await page.stepUp()), 'phr')
  await database.kysely.updateTable('users').set({ second_factor_since: new Date() }).execute()
  t.equal(toAcr(await page.logInWithSecondFactor()), 'phr')
  page.token = (await page.logInWithSecondFactor()).body.access_token

  await page.unplug(phone)
  const key = await page.plugIn({ verifiesUser: false })
  await t.rejects(page.register('Key'), /NotAllowedError/, 'a key without a PIN cannot log in alone')
  const second = await page.register('Key', { residentKey: 'discouraged', requireResidentKey: false })
  t.match(second, { status: 201, body: { name: 'Key' } }, 'one that does not verify its user')
  t.equal(toAcr(await page.logInWithSecondFactor()), 'aal2')
  t.match(await page.stepUp(), { status: 403, body: { code: 'wrong_passkey' } })
  t.equal(toAcr(await page.stepUp(PASSWORD)), 'aal2')
  await t.rejects(page.logIn('optional'), /NotAllowedError/, 'the browser does not offer it where the user has to be verified')

  t.match(await page.ask('DELETE', `/account/passkeys/${added.body.id}`), { status: 204 })
  t.match(await page.ask('DELETE', `/account/passkeys/${second.body.id}`), { status: 409, body: { code: 'last_factor' } })
  await database.kysely.updateTable('users').set({ second_factor_since: null }).execute()
  t.match(await page.ask('DELETE', `/account/passkeys/${second.body.id}`), { status: 204 })
  await page.unplug(key)
}

/** A passkey that the service has forgotten. */
const forget = async (t: Test, database: Database, browser: Browser): Promise<void> => {
  await createUser(database, EMAIL)
  const page = await open(t, database, browser)
  await page.plugIn({ verifiesUser: true })
  page.token = (await page.ask('POST', '/auth/login', { email: EMAIL, password: PASSWORD })).body.access_token
  const { body: { id, credential_id: credentialId } } = await page.register('Phone')
  t.match(await page.ask('DELETE', `/account/passkeys/${id}`), { status: 204 })
  t.match(await page.logIn('optional'), {
    status: 401, body: { code: 'unknown_passkey', rp_id: 'localhost', credential_id: credentialId }
  })
}

const TITLE = 'a page makes a passkey, logs in with it by button and by autofill, gives it as a second factor, steps up and removes it'

if (withoutBrowser === false) {
  const browser = await launch(t, { isWhole: true })
  const each = (name: string, test: typeof work) => eachDatabase(t, name, (t, database) => test(t, database, browser))
  each(TITLE, work)
  each('a passkey that was removed is named, so that the browser can forget it', forget)
} else t.test(TITLE, { skip: withoutBrowser }, async () => {})
