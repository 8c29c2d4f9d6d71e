/** What was found out about a token. */
export interface Rememberable {
  readonly token: string
  /** Looked for since the hand of the clock passed by; its memory alone writes it. */
  wasUsed: boolean
}

/** Tokens that were verified, boundedly many: what has not been used lately is forgotten first (CLOCK; Corbató, 1968). */
export interface TokenMemory<Entry extends Rememberable> {
  find (token: string): Entry | undefined
  remember (entry: Entry): void
}

// The end of a token is the end of its signature: cheap to hash, and different for different tokens.
const KEY_LENGTH = 16
/** However many are in use, no request looks for room for longer than that. */
const STEPS = 16

/**
 * @param size how many tokens, all of which are remembered; 0 remembers nothing
 * @returns an entry is found by the whole token only
 */
export function createTokenMemory<Entry extends Rememberable> (size: number): TokenMemory<Entry> {
  const entries = new Map<string, Entry>()
  // An iterator of a Map goes on where it is, whatever is added or deleted meanwhile. There is none before it is needed: it would
  // keep each table that the Map outgrows.
  let hand: Iterator<[string, Entry]> = [].values()
  return { find, remember }

  function find (token: string): Entry | undefined {
    const entry = entries.get(token.slice(-KEY_LENGTH))
    if (entry?.token !== token) return undefined
    entry.wasUsed = true
    return entry
  }

  function remember (entry: Entry): void {
    if (size === 0) return
    const key = entry.token.slice(-KEY_LENGTH)
    if (entries.size >= size && !entries.has(key)) forgetOne()
    entry.wasUsed = false
    entries.set(key, entry)
  }

  function forgetOne (): void {
    for (let step = 1; ; step++) {
      const [key, entry] = next()
      if (!entry.wasUsed || step === STEPS) {
        entries.delete(key)
        return
      }
      entry.wasUsed = false
    }
  }

  function next (): [string, Entry] {
    const { value, done } = hand.next()
    if (done !== true) return value
    hand = entries.entries()
    return next()
  }
}
