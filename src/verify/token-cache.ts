/** What the cache must know of a verified token. */
export interface Cacheable {
  readonly token: string
  readonly user: {
    readonly sessionId: string
    /** NumericDate seconds. */
    readonly issuedAt: number
  }
}

/** An entry in a circular doubly linked list, from the next one to evict to the last one referenced. */
class Node<Entry> {
  readonly key: string
  readonly token: string
  readonly entry: Entry | undefined
  newer: Node<Entry> = this
  older: Node<Entry> = this
  /** How many tokens had been added when it was last moved to the front. */
  referencedAt = 0

  constructor (key: string, token: string, entry: Entry | undefined) {
    this.key = key
    this.token = token
    this.entry = entry
  }
}

// The end of a token is the end of its signature: cheap to hash, and different for different tokens.
const KEY_LENGTH = 16
// A referenced entry moves to the front only if this share of the capacity was added since its last move: most hits then move nothing.
const GAP = 1 / 16

/**
 * A bounded cache of verified tokens, found by the whole token only. The least recently used one is evicted first (LRU), but before it
 * those that will hardly be used again: tokens that were replaced by a newer one of their session, and tokens that were rejected.
 */
export class TokenCache<Entry extends Cacheable> {
  readonly #capacity: number
  readonly #gap: number
  readonly #nodes = new Map<string, Node<Entry>>()
  /** The newest token of each session. */
  readonly #newest = new Map<string, Node<Entry>>()
  readonly #ring = new Node<Entry>('', '', undefined)
  #added = 0

  /**
   * @param capacity how many tokens; 0 caches none
   * @throws TypeError for no whole number
   */
  constructor (capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 0) throw new TypeError('cacheSize must be a whole number of tokens')
    this.#capacity = capacity
    this.#gap = Math.floor(capacity * GAP)
  }

  get size (): number {
    return this.#nodes.size
  }

  get (token: string): Entry | undefined {
    const node = this.#nodes.get(token.slice(-KEY_LENGTH))
    if (node?.token !== token) return undefined
    if (this.#added - node.referencedAt > this.#gap) this.#moveToFront(node)
    return node.entry
  }

  set (entry: Entry): void {
    if (this.#capacity === 0) return
    const { token, user } = entry
    const key = token.slice(-KEY_LENGTH)
    const known = this.#nodes.get(key)
    if (known !== undefined) this.#evict(known)
    else if (this.#nodes.size >= this.#capacity) this.#evict(this.#ring.newer)
    this.#added++
    const node = new Node(key, token, entry)
    this.#nodes.set(key, node)
    this.#moveToFront(node)
    this.#supersede(node, user)
  }

  /** Makes the entry the next one to evict, because it will not be used again. */
  demote (token: string): void {
    const node = this.#nodes.get(token.slice(-KEY_LENGTH))
    if (node?.token === token) this.#moveToBack(node)
  }

  /** A client with a new token does not send the old one again; should it do so, the old one is still found. */
  #supersede (node: Node<Entry>, { sessionId, issuedAt }: Cacheable['user']): void {
    const before = this.#newest.get(sessionId)
    if (before !== undefined) {
      if (issuedAt < (before.entry?.user.issuedAt ?? 0)) return
      this.#moveToBack(before)
    }
    this.#newest.set(sessionId, node)
  }

  #evict (node: Node<Entry>): void {
    unlink(node)
    this.#nodes.delete(node.key)
    const sessionId = node.entry?.user.sessionId ?? ''
    if (this.#newest.get(sessionId) === node) this.#newest.delete(sessionId)
  }

  #moveToFront (node: Node<Entry>): void {
    unlink(node)
    link(node, this.#ring.older, this.#ring)
    node.referencedAt = this.#added
  }

  #moveToBack (node: Node<Entry>): void {
    unlink(node)
    link(node, this.#ring, this.#ring.newer)
    // Old enough that the next reference moves it to the front.
    node.referencedAt = this.#added - this.#gap - 1
  }
}

function link<Entry> (node: Node<Entry>, older: Node<Entry>, newer: Node<Entry>): void {
  node.older = older
  node.newer = newer
  older.newer = node
  newer.older = node
}

function unlink<Entry> ({ older, newer }: Node<Entry>): void {
  older.newer = newer
  newer.older = older
}
