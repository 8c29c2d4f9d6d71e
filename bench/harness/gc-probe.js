// Loaded into a server besides: tells for how long it has collected garbage, on its main thread.
import { PerformanceObserver } from 'node:perf_hooks'
import { answer } from './probe.js'

let spent = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) spent += duration * 1000
}).observe({ entryTypes: ['gc'] })

answer('garbage', () => ({ microseconds: spent }))
answer('settled', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
})
