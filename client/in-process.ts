import type { Channel } from './platform.ts'
import type { TokenStorage } from './store.ts'

/** What the clients of one storage share in one process. */
export interface SharedState {
  /** The last task that was queued for the lock; the next one waits for it. */
  lastTask: Promise<unknown>
  readonly listeners: Set<(message: unknown) => void>
}

/** Keyed by the storage object, so that clients share state only if they share the object. */
const statesByStorage = new WeakMap<TokenStorage, Map<string, SharedState>>()

/** @returns state that no other client has */
export function createSharedState (): SharedState {
  return { lastTask: Promise.resolve(), listeners: new Set() }
}

/**
 * @param storage of the clients
 * @param key of the item: one storage may hold the sessions of several services
 */
export function getSharedState (storage: TokenStorage, key: string): SharedState {
  const byKey = statesByStorage.get(storage) ?? new Map<string, SharedState>()
  const state = byKey.get(key) ?? createSharedState()
  statesByStorage.set(storage, byKey.set(key, state))
  return state
}

/** A channel between clients of one process, where there is no BroadcastChannel. */
export function openLocalChannel ({ listeners }: SharedState): Channel {
  let own = (_message: unknown) => {}
  return {
    post (message) {
      for (const listener of listeners) if (listener !== own) listener(message)
    },
    onMessage (listener) {
      own = listener
      listeners.add(listener)
    },
    close: () => { listeners.delete(own) }
  }
}
