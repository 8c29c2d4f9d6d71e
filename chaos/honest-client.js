// A user with a client that follows the rules of the contract: the sessions it holds, the changes made to it, and the responses it may get.
import { certainlyAffect, createChange, finishChange, mayAffect, UncertainValue } from './uncertain-value.js'

/** The client gives a refresh up after so long, and ignores a response that comes later. */
const RESPONSE_TIMEOUT_MS = 10_000
const KEPT_TOKENS = 4

/**
 * @typedef {import('./uncertain-value.js').Change<unknown>} Change
 * @typedef {{ accessToken: string, requestedAt: number, respondedAt: number, isWatched: boolean }} Token
 */

/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} refreshToken
 * @property {number} requestedAt of the login
 * @property {number} respondedAt of the login
 * @property {number} retryAt no refresh before then
 * @property {number} uncertainSince when a refresh had no definite response; it may still be made
 * @property {Token[]} tokens the newest last
 * @property {Change[]} endings of this session alone
 * @property {boolean} isPermanent its client never logs out
 */

/**
 * @typedef {object} ClientOptions
 * @property {import('./environment.js').Environment} environment
 * @property {import('./invariants.js').Invariants} invariants
 * @property {(token: Token, sessionId: string) => void} onRevoked is given every token that is revoked from now on
 * @property {string} id of the user
 * @property {string} email
 * @property {string} password
 * @property {string} role
 */

/** @typedef {import('./environment.js').ServerProcess} ServerProcess */

export class HonestClient {
  /** @type {Change[]} that end all sessions of the user */
  endings = []
  /** @type {Change[]} that revoke access tokens, and end no session */
  notBeforeChanges = []
  /** @type {ClientOptions} */
  #options

  /** @param {ClientOptions} options */
  constructor (options) {
    this.#options = options
    this.id = options.id
    this.email = options.email
    this.state = {
      password: new UncertainValue(options.password),
      role: new UncertainValue(options.role),
      disabled: new UncertainValue(false)
    }
  }

  /**
   * @param {ServerProcess} instance
   * @returns {Promise<Session | undefined>}
   */
  async logIn (instance) {
    const { environment, invariants } = this.#options
    const { email, state: { password, disabled } } = this
    const versions = () => [password.version, disabled.version].join()
    const before = versions()
    const requestedAt = performance.now()
    const [newest = ''] = password.possibleValues.reverse()
    const response = await environment.request(instance, 'login', '/auth/login', { method: 'POST', body: { email, password: newest } })
    if (response === undefined) return
    if (versions() === before && password.possibleValues.length === 1 && disabled.possibleValues.length === 1) {
      const [isDisabled] = disabled.possibleValues
      if (response.status === 200 && isDisabled === true) invariants.violate('a disabled user cannot log in', { email })
      if (response.status === 401 && isDisabled === false) invariants.violate('the right password is accepted', { email })
    }
    if (response.status !== 200) return
    const { session_id: sessionId, access_token: accessToken, refresh_token: refreshToken } = response.body
    const respondedAt = performance.now()
    return {
      id: String(sessionId),
      refreshToken: String(refreshToken),
      requestedAt,
      respondedAt,
      retryAt: 0,
      uncertainSince: -Infinity,
      endings: [],
      isPermanent: false,
      tokens: [{ accessToken: String(accessToken), requestedAt, respondedAt, isWatched: false }]
    }
  }

  /**
   * @param {Session} session
   * @param {ServerProcess} instance
   * @param {{ signal?: AbortSignal, isResponseLost?: boolean }} [fault]
   * @returns {Promise<'refreshed' | 'ended' | 'unknown'>}
   */
  async refresh (session, instance, { signal, isResponseLost = false } = {}) {
    const { environment, invariants } = this.#options
    const details = { email: this.email, session: session.id }
    const requestedAt = performance.now()
    const hadEnded = this.#hasEnded(session)
    const body = { refresh_token: session.refreshToken }
    const response = await environment.request(instance, 'refresh', '/auth/refresh', { method: 'POST', body, signal })
    // Without a response, or with a 503, the refresh may have been made all the same.
    if (response === undefined || response.status === 503) session.uncertainSince = performance.now()
    if (response === undefined) return 'unknown'
    if (response.status === 503) session.retryAt = session.uncertainSince + Number(response.headers['retry-after'] ?? 1) * 1000
    if (response.status === 401) {
      if (!this.#mayHaveEnded(session)) invariants.violate('no honest client loses its session', { ...details, body: response.body })
      return 'ended'
    }
    if (response.status !== 200) return 'unknown'
    if (hadEnded) invariants.violate('an ended session cannot be refreshed', details)
    if (response.body.session_id !== session.id) invariants.violate('a refresh stays in its session', details)
    if (isResponseLost || response.tookMs > RESPONSE_TIMEOUT_MS) {
      invariants.count('refresh: response lost')
      return 'unknown'
    }
    const token = { accessToken: String(response.body.access_token), requestedAt, respondedAt: performance.now(), isWatched: false }
    session.refreshToken = String(response.body.refresh_token)
    session.tokens = [...session.tokens, token].slice(-KEPT_TOKENS)
    return 'refreshed'
  }

  /**
   * Sends the newest access token to a guarded route.
   *
   * @param {Session} session
   * @param {ServerProcess} verifier
   * @returns {Promise<boolean>} whether it was rejected
   */
  async useToken (session, verifier) {
    const { environment, invariants } = this.#options
    const token = session.tokens.at(-1)
    if (token === undefined) return true
    const { guardedPath, name } = verifier
    const response = await environment.request(verifier, guardedPath, guardedPath, { token: token.accessToken })
    const isRejected = response?.status === 401
    if (isRejected && !this.#mayHaveEnded(session) && !mayAffect(this.notBeforeChanges, token.requestedAt)) {
      invariants.violate('a valid token is accepted', { email: this.email, server: name })
    }
    return isRejected
  }

  /**
   * @param {Session} session
   * @param {ServerProcess} instance
   * @returns {Promise<boolean>} whether it was acknowledged
   */
  async logOut (session, instance) {
    const change = createChange('logout')
    session.endings.push(change)
    const body = { refresh_token: session.refreshToken }
    const response = await this.#options.environment.request(instance, 'logout', '/auth/logout', { method: 'POST', body })
    finishChange(change, response?.status === 204)
    if (change.isAcknowledged) this.reportRevoked(session)
    return change.isAcknowledged
  }

  /**
   * Reports the tokens that acknowledged changes have revoked.
   *
   * @param {Session} session
   */
  reportRevoked (session) {
    const hasEnded = this.#hasEnded(session)
    for (const token of session.tokens) {
      if (hasEnded || certainlyAffect(this.notBeforeChanges, token.respondedAt)) this.#options.onRevoked(token, session.id)
    }
  }

  /** @param {Session} session */
  #mayHaveEnded (session) {
    return mayAffect([...this.endings, ...session.endings], session.requestedAt)
  }

  /** @param {Session} session */
  #hasEnded (session) {
    return certainlyAffect(this.endings, session.respondedAt) || session.endings.some(({ isAcknowledged }) => isAcknowledged)
  }
}
