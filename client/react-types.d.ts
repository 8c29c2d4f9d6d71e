// What the client uses of React. Its own types are not installed here, and ours do not mention them.
declare module 'react' {
  export function useSyncExternalStore<State> (
    subscribe: (listener: () => void) => () => void, getSnapshot: () => State, getServerSnapshot: () => State
  ): State
}
