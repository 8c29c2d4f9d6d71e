// A service with metrics, and the samples that Prometheus would read.
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { freePort } from '../../../scripts/free-port.js'
import { createLog, deadline, headers, strictRequest, metrics, notFound, problem, serverOptions } from '../../../src/http/index.ts'
import type { MetricsSources } from '../../../src/http/service-meters.ts'

/** A line of the exposition format. */
export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

export interface MeasuredApp {
  service: FastifyInstance
  /** Of the metrics. */
  url: string
  scrape (): Promise<Sample[]>
  /** The one sample with these labels, or undefined. */
  read (name: string, labels?: Record<string, string>): Promise<number | undefined>
}

/** Values for all sources. */
export function createSources () {
  return {
    build: { version: '1.2.3' },
    hashing: { running: 2, waiting: 3, refused: 4, untrusted: 1 },
    argon2: { build: 'x86-64-v3' },
    database: { total: 10, idle: 7, waiting: 0 },
    mail: { sent: 20, failed: 1, expired: 0, retried: { connection: 2, recipient: 0 }, backlog: { due: 4, oldestSeconds: 60 } },
    verifier: { verified: 5, cacheHits: 50, rejected: { expired: 6, signature: 0 } },
    revocations: { size: 8, asOfAgeSeconds: Infinity, clockSkew: { seconds: -60 } },
    feed: { subscribers: 9, sent: 100, dropped: 1 },
    log: { dropped: 12 },
    refreshes: { rotated: 11, reused: 0, from_future: 0 },
    keyring: { size: 3, nextRotationSeconds: -5, canSign: true, rejected: 2 }
  } satisfies MetricsSources
}

/**
 * @param t closes the service
 * @returns a service with metrics and cross-cutting plugins in the order of the app, without routes
 */
export async function createMeasuredApp (t: Test, {
  sources = createSources(), timeoutMs = 10_000
}: { sources?: MetricsSources, timeoutMs?: number } = {}): Promise<MeasuredApp> {
  const service: FastifyInstance = Fastify(serverOptions({ log: createLog({ level: 'silent' }), trustProxy: false }))
  t.teardown(() => {
    service.server.closeAllConnections()
    return service.close()
  })
  const port = await freePort()
  await service.register(metrics, { host: '127.0.0.1', port, sources })
  await service.register(problem, {})
  await service.register(headers, { corsOrigins: ['https://app.example.com'] })
  await service.register(deadline, { timeoutMs })
  await service.register(strictRequest)
  await service.register(notFound)
  const url = `http://127.0.0.1:${port}/metrics`

  async function scrape (): Promise<Sample[]> {
    const answer = await fetch(url)
    if (answer.status !== 200) throw new Error(`the scrape has status ${answer.status}`)
    return parseSamples(await answer.text())
  }

  return {
    service,
    url,
    scrape,
    async read (name, labels = {}) {
      const found = (await scrape()).filter((sample) => sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      if (found.length > 1) throw new Error(`there is more than one ${name}`)
      return found[0]?.value
    }
  }
}

export function parseSamples (text: string): Sample[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const [, name = '', labels = '', value = ''] = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text] as const)
    return { name, labels: Object.fromEntries(pairs), value: value === '+Inf' ? Infinity : Number(value) }
  })
}
