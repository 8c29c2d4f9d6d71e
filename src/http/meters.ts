import { Counter, Gauge, type Registry } from 'prom-client'

/** Turns plain numbers of others into metrics: they are read when somebody asks. */
export interface Meters {
  gauge (name: string, help: string, read: () => number | Promise<number>): void
  /** @param read what has been counted since the start */
  counter (name: string, help: string, read: () => number): void
  /** @param read the same, by the value of the label */
  counters (name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void
  /** What never changes, in labels: its value is 1. */
  info (name: string, help: string, labels: Readonly<Record<string, string>>): void
}

export function createMeters (registry: Registry): Meters {
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
