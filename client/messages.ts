import { createBroadcast, type Broadcast, type Message } from './broadcast.ts'
import type { Channel, Clock } from './platform.ts'
import type { Store } from './store.ts'
import { isSameSession, type Identity, type Tokens } from './tokens.ts'

/** The session of this page, as far as the messages of other pages concern it. */
export interface SessionAccess {
  findTokens: () => Tokens | undefined
  hasEnded: () => boolean
  /** Another number, once another session has begun or this one has ended. */
  epoch: () => number
  startSession: (tokens: Tokens) => void
  setTokens: (tokens: Tokens) => void
  endSession: (change: 'logout' | 'ended') => void
}

interface MessagesOptions {
  channel: Channel | undefined
  clock: Clock
  store: Store
  session: SessionAccess
}

/**
 * The messages between pages that share a store: applies what the others send to the session of this page. Messages are handled one after
 * the other, in their order.
 */
export class Messages {
  readonly #store: Store
  readonly #session: SessionAccess
  readonly #broadcast: Broadcast
  #lastMessage = Promise.resolve()

  constructor ({ channel, clock, store, session }: MessagesOptions) {
    this.#store = store
    this.#session = session
    this.#broadcast = createBroadcast(channel, clock, (message) => {
      this.#lastMessage = this.#lastMessage.then(() => this.#onMessage(message))
    })
  }

  /** Resolves when all messages that have arrived by now are handled. */
  get handled (): Promise<void> {
    return this.#lastMessage
  }

  send (message: Message): void {
    this.#broadcast.send(message)
  }

  close (): void {
    this.#broadcast.close()
  }

  async #onMessage (message: Message): Promise<void> {
    const { findTokens, hasEnded, startSession, setTokens, endSession } = this.#session
    if (message.kind === 'ended') {
      if (message.sessionId === findTokens()?.user.sessionId) endSession(message.isLogout ? 'logout' : 'ended')
      return
    }
    const { isLogin, tokens } = message
    const isKnown = () => isSessionOf(findTokens(), tokens.user)
    const isWanted = () => isKnown()
      ? tokens.issuedAt >= (findTokens()?.issuedAt ?? 0)
      : isLogin || (findTokens() === undefined && !hasEnded())
    // A client with the same channel may have another store: tokens of a session that is not in this store are ignored.
    if (!isWanted() || !await this.#isStored(tokens.user) || !isWanted()) return
    if (isLogin && !isKnown()) startSession(tokens)
    else setTokens(tokens)
  }

  async #isStored (user: Identity): Promise<boolean> {
    const epoch = this.#session.epoch()
    const stored = await this.#store.read().catch(() => undefined)
    if (epoch !== this.#session.epoch()) return this.#isStored(user)
    return stored !== undefined && (stored.owner === undefined || isSameSession(stored.owner, user))
  }
}

function isSessionOf (tokens: Tokens | undefined, user: Identity): boolean {
  return tokens !== undefined && isSameSession(tokens.user, user)
}
