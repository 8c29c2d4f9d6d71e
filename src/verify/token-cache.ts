/** What is kept of a token that was verified. */
export interface Cacheable {
  readonly token: string
  readonly user: {
    readonly sessionId: string
    /** NumericDate. */
    readonly issuedAt: number
  }
}

/**
 * Verified tokens, boundedly many. The one that was not used for longest goes first (LRU), but before it those of which it is known
 * that nobody will use them: tokens that their session has had replaced, and tokens that have been refused.
 */
export interface TokenCache<Entry extends Cacheable> {
  readonly size: number
  get (token: string): Entry | undefined
  set (entry: Entry): void
  /** It is of no more use, so it is the next to go where room is needed. */
  demote (token: string): void
}

/** The place of an entry in a ring: from the one that goes first to the one used last, and back by way of the ring's own. */
class Node<Entry> {
  readonly key: string
  readonly token: string
  readonly entry: Entry | undefined
  newer: Node<Entry> = this
  older: Node<Entry> = this
  /** How many tokens had been added when it was last put in front. */
  movedAt = 0

  constructor (key: string, token: string, entry: Entry | undefined) {
    this.key = key
    this.token = token
    this.entry = entry
  }
}

// The end of a token is the end of its signature: cheap to hash, and different for different tokens.
const KEY_LENGTH = 16
/** An entry in use is put in front only where so large a part of the cache has been added since, so hardly any hit pays for its place. */
const GAP = 1 / 16

/**
 * @param capacity how many tokens; 0 keeps none
 * @returns an entry is found by the whole token only
 */
export function createTokenCache<Entry extends Cacheable> (capacity: number): TokenCache<Entry> {
  const nodes = new Map<string, Node<Entry>>()
  /** The newest token of each session. */
  const newest = new Map<string, Node<Entry>>()
  const gap = Math.floor(capacity * GAP)
  const ring = new Node<Entry>('', '', undefined)
  let added = 0
  return { get size () { return nodes.size }, get, set, demote }

  function get (token: string): Entry | undefined {
    const node = nodes.get(token.slice(-KEY_LENGTH))
    if (node?.token !== token) return undefined
    if (added - node.movedAt > gap) toFront(node)
    return node.entry
  }

  function set (entry: Entry): void {
    if (capacity === 0) return
    const { token, user } = entry
    const key = token.slice(-KEY_LENGTH)
    const known = nodes.get(key)
    if (known !== undefined) evict(known)
    else if (nodes.size >= capacity) evict(ring.newer)
    added++
    const node = new Node(key, token, entry)
    nodes.set(key, node)
    toFront(node)
    supersede(node, user)
  }

  /** A client that has a new token does not show the old one again; should it, that is as good as any. */
  function supersede (node: Node<Entry>, { sessionId, issuedAt }: Cacheable['user']): void {
    const before = newest.get(sessionId)
    if (before !== undefined) {
      if (issuedAt < (before.entry?.user.issuedAt ?? 0)) return
      toBack(before)
    }
    newest.set(sessionId, node)
  }

  function demote (token: string): void {
    const node = nodes.get(token.slice(-KEY_LENGTH))
    if (node?.token === token) toBack(node)
  }

  function evict (node: Node<Entry>): void {
    unlink(node)
    nodes.delete(node.key)
    const sessionId = node.entry?.user.sessionId ?? ''
    if (newest.get(sessionId) === node) newest.delete(sessionId)
  }

  function toFront (node: Node<Entry>): void {
    unlink(node)
    link(node, ring.older, ring)
    node.movedAt = added
  }

  function toBack (node: Node<Entry>): void {
    unlink(node)
    link(node, ring, ring.newer)
    // Whenever it is used after all, it is put in front.
    node.movedAt = added - gap - 1
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
