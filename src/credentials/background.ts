import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** A hash takes longer than this; what else takes long on a thread of its own, such as collecting garbage, is rarely what takes longest. */
const LEAST_NS = 4_000_000
const NICENESS = 10
/** So many hashes in a row by threads that are known: there are no others. */
const ENOUGH = 50

/**
 * Makes a runner of hashes that lets the thread which serves go first. Where they share a core the kernel gives each its turn, and a turn of
 * a hash is milliseconds that everybody waits. On Linux niceness is of a thread, but Node names none: whichever worked most while a hash was
 * made is the one that makes hashes. Elsewhere, and where the kernel does not tell, hashes just run.
 *
 * @returns work -> its result
 */
export function createBackground (): <T>(work: () => Promise<T>) => Promise<T> {
  const lowered = new Set<string>()
  let toLookAt = process.platform === 'linux' ? ENOUGH : 0

  function lowerBusiest (before: ReadonlyMap<string, number>): void {
    const [thread, workedNs] = busiestSince(before)
    if (workedNs < LEAST_NS || lowered.has(thread)) return
    setPriority(Number(thread), NICENESS)
    lowered.add(thread)
    toLookAt = ENOUGH
  }

  function attempt<T> (step: () => T): T | undefined {
    try {
      return step()
    } catch {
      // Nothing depends on it.
      toLookAt = 0
      return undefined
    }
  }

  return async function run (work) {
    const before = toLookAt > 0 ? attempt(readThreads) : undefined
    toLookAt--
    try {
      return await work()
    } finally {
      if (before !== undefined) attempt(() => lowerBusiest(before))
    }
  }
}

function busiestSince (before: ReadonlyMap<string, number>): [thread: string, workedNs: number] {
  let busiest: [string, number] = ['', 0]
  for (const [thread, now] of readThreads()) {
    const workedNs = now - (before.get(thread) ?? 0)
    if (workedNs > busiest[1]) busiest = [thread, workedNs]
  }
  return busiest
}

/** @returns the nanoseconds that each thread but the main one has worked so far */
function readThreads (): Map<string, number> {
  const threads = readdirSync('/proc/self/task').filter((thread) => thread !== String(process.pid))
  return new Map(threads.map((thread) => [thread, parseInt(readFileSync(`/proc/self/task/${thread}/schedstat`, 'latin1'))]))
}
