// React's view of the session. React is the page's own, 18 or later.
import { useSyncExternalStore } from 'react'
import type { Client } from './client.ts'
import type { Change, CurrentUser } from './tokens.ts'

/** `unavailable`: whether there is a session is not known, because the service does not answer; the client tries again by itself. */
export type SessionState =
  | { readonly status: 'loading', readonly user: undefined, readonly change: undefined }
  | { readonly status: 'unavailable', readonly user: undefined, readonly change: undefined }
  | { readonly status: 'authenticated', readonly user: CurrentUser, readonly change: Change | undefined }
  | { readonly status: 'unauthenticated', readonly user: undefined, readonly change: Change }

const LOADING: SessionState = { status: 'loading', user: undefined, change: undefined }
const UNAVAILABLE: SessionState = { status: 'unavailable', user: undefined, change: undefined }

interface Store {
  subscribe (listener: () => void): () => void
  getState (): SessionState
}

/** One for each client, however many components use it. */
const stores = new WeakMap<Client, Store>()

/**
 * The session of a client, for a component, which is rendered again when it changes. The first component restores the session.
 *
 * @param client one for the whole page, made outside of components
 */
export function useSession (client: Client): SessionState {
  const store = stores.get(client) ?? createStore(client)
  // A server has no session of the user to show.
  return useSyncExternalStore(store.subscribe, store.getState, () => LOADING)
}

function createStore (client: Client): Store {
  const user = client.currentUser()
  let state: SessionState = user === undefined ? LOADING : { status: 'authenticated', user, change: undefined }
  let restoring: Promise<void> | undefined
  const listeners = new Set<() => void>()

  function setState (next: SessionState): void {
    state = next
    for (const listener of listeners) listener()
  }

  /** The client reports what it finds, except what it has reported before the first component. */
  async function restore (): Promise<void> {
    try {
      await client.restore()
      if (state === LOADING) setState(toState(client.currentUser(), 'none'))
    } catch {
      if (state === LOADING) setState(UNAVAILABLE)
    }
  }

  client.onChange((user, change) => setState(toState(user, change)))
  const store: Store = {
    subscribe (listener) {
      listeners.add(listener)
      restoring ??= restore()
      return () => { listeners.delete(listener) }
    },
    getState: () => state
  }
  stores.set(client, store)
  return store
}

function toState (user: CurrentUser | undefined, change: Change): SessionState {
  return user === undefined ? { status: 'unauthenticated', user, change } : { status: 'authenticated', user, change }
}
