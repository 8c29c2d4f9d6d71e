// Preloaded into a server: reports the time of its garbage collections on the main thread.
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
