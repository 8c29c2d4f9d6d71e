// Queries of Prometheus, and the samples that they are about.
import { InvalidCredentialsError, NotReadyError, OverloadedError, CredentialStoreUnavailableError } from '../../src/errors.ts'
import { createMeasuredApp, type Sample } from '../unit/http/measured-app.ts'
import { listen, send } from './sockets.ts'

/** A metric in a query, with its label matchers. */
interface Selector {
  name: string
  matchers: Array<{ label: string, operator: string, value: string }>
}

// Added by Prometheus.
const OUTER_LABELS = ['instance', 'job']

/** The scrape of a service after all events that a query selects. */
export async function createSamples (t: Parameters<typeof createMeasuredApp>[0]): Promise<Sample[]> {
  const { service, scrape } = await createMeasuredApp(t)
  for (const route of ['/auth/login', '/auth/refresh']) {
    service.post(route, async ({ query }) => {
      if (JSON.stringify(query) !== '{}') throw new InvalidCredentialsError()
      return {}
    })
  }
  service.get('/health/ready', () => { throw new NotReadyError() })
  service.get('/busy', () => { throw new OverloadedError() })
  service.get('/away', () => { throw new CredentialStoreUnavailableError() })
  service.get('/broken', () => { throw new Error('no luck') })
  const port = await listen(service)
  for (const url of ['/auth/login', '/auth/login?wrong=1', '/auth/refresh', '/auth/refresh?wrong=1']) {
    await service.inject({ method: 'POST', url })
  }
  for (const url of ['/broken', '/health/ready', '/busy', '/away']) await service.inject(url)
  await send(port, 'no request\r\n\r\n')
  return scrape()
}

/** @returns what a query selects that is not among the samples, and labels that the metrics of the query do not have */
export function findUnknown (expr: string, samples: readonly Sample[]): string[] {
  const selectors = parseSelectors(expr)
  if (selectors.length === 0) return ['a metric']
  return selectors.flatMap((selector) => {
    const own = samples.filter(({ name }) => name === selector.name)
    const known = new Set([...OUTER_LABELS, ...own.flatMap(({ labels }) => Object.keys(labels))])
    const used = [...selector.matchers.map(({ label }) => label), ...groupingsOf(expr)]
    return [
      ...own.some((sample) => isSelected(sample, selector)) ? [] : [JSON.stringify(selector)], ...used.filter((label) => !known.has(label))
    ]
  })
}

export function parseSelectors (expr: string): Selector[] {
  const text = expr.replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ').replace(/\[[^\]]*\]/g, ' ')
  return [...text.matchAll(/(?<![\w:.])([a-z_:][\w:]*)\s*(\{[^}]*\}|\(?)/gi)].flatMap(([, name = '', rest = '']) => {
    if (rest === '(' || ['and', 'or', 'unless', 'bool', 'offset'].includes(name)) return []
    const matchers = [...rest.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)]
      .map(([, label = '', operator = '', value = '']) => ({ label, operator, value }))
    return [{ name, matchers }]
  })
}

export function groupingsOf (expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)]
    .flatMap(([, labels = '']) => labels.split(',').map((label) => label.trim()))
}

function isSelected ({ name, labels }: Sample, selector: Selector): boolean {
  return name === selector.name && selector.matchers.every(({ label, operator, value }) => {
    if (OUTER_LABELS.includes(label)) return true
    const actual = labels[label] ?? ''
    const isMatch = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(actual) : actual === value
    return operator.startsWith('!') ? !isMatch : isMatch
  })
}
