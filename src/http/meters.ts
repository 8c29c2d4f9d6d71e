import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

/** Registers metrics whose values are read at each scrape. */
export interface Meter {
  gauge (name: string, help: string, read: () => number | Promise<number>): void
  /** @param read returns the count since the start */
  counter (name: string, help: string, read: () => number): void
  /** @param read returns the counts since the start, by the value of the label */
  counters (name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void
  /** A constant 1 with constant labels. */
  info (name: string, help: string, labels: Readonly<Record<string, string>>): void
}

export function createMeter (registry: Registry): Meter {
  const registers = [registry]
  return {
    gauge: (name, help, read) => new Gauge({
      name,
      help,
      registers,
      async collect () {
        this.set(await read())
      }
    }),
    counter: (name, help, read) => new Counter({
      name,
      help,
      registers,
      collect () {
        this.reset()
        this.inc(read())
      }
    }),
    counters: (name, help, label, read) => new Counter({
      name,
      help,
      labelNames: [label],
      registers,
      collect () {
        this.reset()
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count)
      }
    }),
    info: (name, help, labels) => new Gauge({ name, help, labelNames: Object.keys(labels), registers }).set(labels, 1)
  }
}

const RESOLUTION_MS = 10

/**
 * Registers the metrics of the Node.js process, under prom-client's default names.
 *
 * @returns a function that stops measuring
 */
export function measureProcess ({ gauge, counter }: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // Set when p50 is read: prom-client collects metrics in the order of their registration.
  let lag = { p50: 0, p99: 0, max: 0 }

  counter('process_cpu_seconds_total', 'User and system CPU time.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('process_start_time_seconds', 'Start time of the process, in Unix time.', () => performance.timeOrigin / 1000)
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Used heap.', () => process.memoryUsage().heapUsed)
  gauge('nodejs_eventloop_lag_p50_seconds', 'Median lag of the event loop since the last scrape.', () => {
    lag = { p50: toLagSeconds(delay.percentile(50)), p99: toLagSeconds(delay.percentile(99)), max: toLagSeconds(delay.max) }
    delay.reset()
    return lag.p50
  })
  gauge('nodejs_eventloop_lag_p99_seconds', '99th percentile of the lag since the last scrape.', () => lag.p99)
  gauge('nodejs_eventloop_lag_max_seconds', 'Maximum lag since the last scrape.', () => lag.max)
  return () => delay.disable()
}

/** The monitor measures from tick to tick, in nanoseconds; without a tick since the reset its values are not numbers. */
function toLagSeconds (nanoseconds: number): number {
  const seconds = (nanoseconds - RESOLUTION_MS * 1e6) / 1e9
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0
}
