import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meters } from './meters.ts'

const RESOLUTION_MS = 10

/**
 * The few numbers of a Node process that somebody on call looks at, under the names that prom-client gives them.
 *
 * @returns what stops the measuring
 */
export function measureProcess ({ gauge, counter }: Meters): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // Read by the first of the three, in the order in which they are made.
  let lag = { p50: 0, p99: 0, max: 0 }

  counter('process_cpu_seconds_total', 'Processor time, of user and system.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('process_start_time_seconds', 'When the process began, in Unix time.', () => performance.timeOrigin / 1000)
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Memory that objects take.', () => process.memoryUsage().heapUsed)
  gauge('nodejs_eventloop_lag_p50_seconds', 'How late the event loop was since the last scrape, the median.', () => {
    lag = { p50: secondsLate(delay.percentile(50)), p99: secondsLate(delay.percentile(99)), max: secondsLate(delay.max) }
    delay.reset()
    return lag.p50
  })
  gauge('nodejs_eventloop_lag_p99_seconds', 'The same, the 99th percentile.', () => lag.p99)
  gauge('nodejs_eventloop_lag_max_seconds', 'The same, the worst.', () => lag.max)
  return () => delay.disable()
}

/** The monitor counts from one tick to the next, in nanoseconds; without a single tick since, it does not know. */
function secondsLate (nanoseconds: number): number {
  const seconds = (nanoseconds - RESOLUTION_MS * 1e6) / 1e9
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0
}
