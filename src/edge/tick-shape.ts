import { executionAsyncResource } from 'node:async_hooks'

// Never read: they only have to stay in memory.
const heldTicks: object[] = []

/**
 * Keeps one of Node's queued ticks. V8 forgets their shape when a full garbage collection finds none of them, and from then on each
 * `process.nextTick` takes five times as long; a request has ten. docs/performance.md has the reproduction.
 */
export function holdTickShape (): void {
  process.nextTick(() => { heldTicks.push(executionAsyncResource()) })
}
