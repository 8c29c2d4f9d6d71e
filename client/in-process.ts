import type { Channel } from './platform.ts'
import type { TokenStorage } from './store.ts'

/** What the clients of one storage have in common in one process. */
export interface Sharing {
  /** Whose turn came last. */
  last: Promise<unknown>
  readonly listeners: Set<(message: unknown) => void>
}

/** By the storage object, so that nobody meets here who does not hold it; it goes when that goes. */
const sharings = new WeakMap<TokenStorage, Map<string, Sharing>>()

/** @returns what is nobody else's yet */
export function createSharing (): Sharing {
  return { last: Promise.resolve(), listeners: new Set() }
}

/**
 * @param key of the item: one storage may hold the sessions of several services
 */
export function sharingOf (storage: TokenStorage, key: string): Sharing {
  const byKey = sharings.get(storage) ?? new Map<string, Sharing>()
  const sharing = byKey.get(key) ?? createSharing()
  sharings.set(storage, byKey.set(key, sharing))
  return sharing
}

/** Between clients of one process, where there is no BroadcastChannel. */
export function openLocalChannel ({ listeners }: Sharing): Channel {
  let own = (_message: unknown) => {}
  return {
    post (message) {
      for (const listener of listeners) if (listener !== own) listener(message)
    },
    hear (listener) {
      own = listener
      listeners.add(listener)
    },
    close: () => { listeners.delete(own) }
  }
}
