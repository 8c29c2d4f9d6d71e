/** Tokens that were verified, boundedly many: the least used half is forgotten at a time. */
export interface TokenMemory<Entry extends { readonly token: string }> {
  find (token: string): Entry | undefined
  remember (entry: Entry): void
}

// The end of a token is the end of its signature: cheap to hash, and different for different tokens.
const KEY_LENGTH = 16

/**
 * @param size how many tokens at most; 0 remembers nothing
 * @returns an entry is found by the whole token only
 */
export function createTokenMemory<Entry extends { readonly token: string }> (size: number): TokenMemory<Entry> {
  const half = Math.ceil(size / 2)
  let recent = new Map<string, Entry>()
  let older = new Map<string, Entry>()
  return { find, remember }

  function find (token: string): Entry | undefined {
    const key = token.slice(-KEY_LENGTH)
    const entry = recent.get(key)
    if (entry?.token === token) return entry
    const fading = older.get(key)
    if (fading?.token !== token) return undefined
    remember(fading)
    return fading
  }

  function remember (entry: Entry): void {
    if (half === 0) return
    if (recent.size >= half) {
      older = recent
      recent = new Map()
    }
    recent.set(entry.token.slice(-KEY_LENGTH), entry)
  }
}
