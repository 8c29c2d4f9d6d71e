// A user with an honest client, as CONTRACT 5 asks of one: what it holds, what has been done to it, and what it may expect.
import { createField, hasMet, mayHaveMet } from './field.js'

/** An honest client gives a refresh up after so long, and uses no answer that comes later. */
const PATIENCE_MS = 10_000
const TOKENS_KEPT = 4

/**
 * @typedef {import('./field.js').Change<unknown>} Change
 * @typedef {{ accessToken: string, begunAt: number, answeredAt: number, isWatched: boolean }} Token
 * @typedef {{ id: string, refreshToken: string, begunAt: number, answeredAt: number, notBefore: number, tokens: Token[], logouts: Change[], isPrimary: boolean, doubtAt: number }} Session
 * @typedef {{ world: import('./world.js').World, ledger: import('./ledger.js').Ledger, watch: (token: Token, sessionId: string) => void }} Surroundings
 * @typedef {ReturnType<typeof createPerson>} Person
 */

/**
 * @param {Surroundings & { id: string, email: string, password: string, role: string }} options
 */
export function createPerson ({ world, ledger, watch, id, email, password, role }) {
  const state = { password: createField(password), role: createField(role), disabled: createField(false) }
  /** @type {Change[]} what ends all sessions */
  const endings = []
  /** @type {Change[]} what makes tokens too old, and nothing else */
  const cuts = []

  /** @param {Session} session */
  const mayBeOver = (session) => mayHaveMet([...endings, ...session.logouts], session.begunAt)
  /** @param {Session} session */
  const isOver = (session) => hasMet(endings, session.answeredAt) || session.logouts.some(({ isAcknowledged }) => isAcknowledged)

  /**
   * @param {import('./world.js').Program} instance
   * @returns {Promise<Session | undefined>}
   */
  async function logIn (instance) {
    const versions = () => [state.password.version, state.disabled.version].join()
    const before = versions()
    const begunAt = performance.now()
    const [tried = ''] = state.password.possible().reverse()
    const answer = await world.ask(instance, 'login', '/auth/login', { method: 'POST', body: { email, password: tried } })
    if (answer === undefined) return
    const isSure = versions() === before && state.password.possible().length === 1 && state.disabled.possible().length === 1
    if (isSure && answer.status === 200 && state.disabled.possible()[0] === true) ledger.breach('who is disabled does not log in', { email })
    if (isSure && answer.status === 401 && state.disabled.possible()[0] === false) ledger.breach('the right password is right', { email })
    if (answer.status !== 200) return
    const { session_id: sessionId, access_token: accessToken, refresh_token: refreshToken } = answer.body
    const answeredAt = performance.now()
    return {
      id: String(sessionId),
      refreshToken: String(refreshToken),
      begunAt,
      answeredAt,
      notBefore: 0,
      logouts: [],
      isPrimary: false,
      doubtAt: -Infinity,
      tokens: [{ accessToken: String(accessToken), begunAt, answeredAt, isWatched: false }]
    }
  }

  /**
   * One refresh, and what its answer means for the session.
   *
   * @param {Session} session
   * @param {import('./world.js').Program} instance
   * @param {{ signal?: AbortSignal, isLost?: boolean }} [fate] given up after a while, or answered to nobody
   * @returns {Promise<'done' | 'over' | 'nothing'>}
   */
  async function refresh (session, instance, { signal, isLost = false } = {}) {
    const begunAt = performance.now()
    const wasOver = isOver(session)
    const answer = await world.ask(instance, 'refresh', '/auth/refresh', { method: 'POST', body: { refresh_token: session.refreshToken }, signal })
    if (answer === undefined) {
      session.doubtAt = performance.now()
      return 'nothing'
    }
    if (answer.status === 503) {
      // It may have been made all the same.
      session.doubtAt = performance.now()
      session.notBefore = session.doubtAt + Number(answer.headers['retry-after'] ?? 1) * 1000
    }
    if (answer.status === 401) {
      if (!mayBeOver(session)) ledger.breach('no honest session is lost', { email, session: session.id, body: answer.body })
      return 'over'
    }
    if (answer.status !== 200) return 'nothing'
    if (wasOver) ledger.breach('a session that was ended does not go on', { email, session: session.id })
    if (answer.body.session_id !== session.id) ledger.breach('a refresh stays in its session', { email, session: session.id })
    if (isLost || answer.tookMs > PATIENCE_MS) {
      ledger.count('refresh: answer lost')
      return 'nothing'
    }
    session.refreshToken = String(answer.body.refresh_token)
    session.tokens.push({ accessToken: String(answer.body.access_token), begunAt, answeredAt: performance.now(), isWatched: false })
    session.tokens = session.tokens.slice(-TOKENS_KEPT)
    return 'done'
  }

  /**
   * Shows the newest token, and judges what it meets.
   *
   * @param {Session} session
   * @param {import('./world.js').Program} verifier
   * @returns {Promise<boolean>} whether it was refused
   */
  async function show (session, verifier) {
    const token = session.tokens.at(-1)
    if (token === undefined) return true
    const answer = await world.ask(verifier, verifier.guarded, verifier.guarded, { token: token.accessToken })
    const isRefused = answer?.status === 401
    if (isRefused && !mayBeOver(session) && !mayHaveMet(cuts, token.begunAt)) ledger.breach('a good token is accepted', { email, program: verifier.name })
    return isRefused
  }

  /**
   * Ends a session as its client does.
   *
   * @param {Session} session
   * @param {import('./world.js').Program} instance
   */
  async function logOut (session, instance) {
    /** @type {Change} */
    const change = { value: 'logout', sentAt: performance.now(), doneAt: Infinity, isAcknowledged: false }
    session.logouts.push(change)
    const answer = await world.ask(instance, 'logout', '/auth/logout', { method: 'POST', body: { refresh_token: session.refreshToken } })
    change.doneAt = performance.now()
    change.isAcknowledged = answer?.status === 204
    if (change.isAcknowledged) revoke(session)
    return change.isAcknowledged
  }

  /** @param {Session} session what it had is watched from now on */
  function revoke (session) {
    for (const token of session.tokens) watch(token, session.id)
  }

  /**
   * After a change by an admin was acknowledged.
   *
   * @param {Session} session
   */
  function judge (session) {
    if (isOver(session)) revoke(session)
    for (const token of session.tokens) if (hasMet(cuts, token.answeredAt)) watch(token, session.id)
  }

  return { id, email, state, endings, cuts, logIn, refresh, show, logOut, judge, mayBeOver, isOver }
}
