// The alert rules are about metrics that there are, lead to sections that there are, and fire.
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { createSamples, findUnknown, parseSelectors } from '../support/queries.ts'

interface Rule {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string, runbook: string }
}

const FILE = 'deploy/prometheus/alerts.yaml'
const rules: Rule[] = parse(readFileSync(FILE, 'utf8')).groups.flatMap((group: { rules: Rule[] }) => group.rules)

const run = promisify(execFile)
const withoutPromtool = spawnSync('promtool', ['--version']).error !== undefined &&
  'there is no promtool on this machine: install Debian\'s package "prometheus"'

t.test('every rule is about metrics, labels and outcomes that there are', async (t) => {
  const samples = await createSamples(t)
  t.ok(rules.length >= 20)
  for (const { alert, expr } of rules) t.strictSame(findUnknown(expr, samples), [], alert)
})

t.test('rates and increases are taken of counters only', async (t) => {
  for (const { alert, expr } of rules) {
    const counters = [...expr.matchAll(/\b(?:rate|increase)\(([\w:]+)/g)].map(([, name]) => name)
    const selected = parseSelectors(expr).map(({ name }) => name).filter((name) => name.endsWith('_total'))
    t.strictSame(counters, selected, alert)
  }
})

t.test('every rule has a severity, a sentence, and a section that says what to do', async (t) => {
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { alert, labels, annotations: { summary, runbook } } of rules) {
    t.match(alert, /^Gatepass[A-Z]/)
    t.match(labels.severity, /^(critical|warning)$/, alert)
    t.match(summary, /^.{20,}\.$/, alert)
    const [file = '', anchor = ''] = runbook.split('#')
    const headings = readFileSync(file, 'utf8').match(/^##+ .+$/gm) ?? []
    t.ok(headings.some((heading) => heading.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-') === anchor), `${alert}: ${runbook}`)
  }
})

/** What Prometheus has scraped for two hours, once a minute, of a service that is well. */
const WELL: Readonly<Record<string, string>> = {
  'gatepass_build_info{version="1.2.3"}': '1x120',
  'gatepass_http_requests_total{route="/health/ready",outcome="not_ready"}': '2x120',
  'gatepass_http_requests_total{route="/auth/login",outcome="ok"}': '0+600x120',
  'gatepass_http_requests_total{route="/auth/login",outcome="invalid_credentials"}': '0+100x120',
  'gatepass_http_requests_total{route="/auth/login",outcome="credential_store_unavailable"}': '0x120',
  'gatepass_http_requests_total{route="/auth/login",outcome="overloaded"}': '0x120',
  'gatepass_http_requests_total{route="/me",outcome="internal_error"}': '0x120',
  gatepass_revocation_age_seconds: '1x120',
  gatepass_clock_skew_seconds: '0.1x120',
  gatepass_keyring_can_sign: '1x120',
  gatepass_keyring_next_rotation_seconds: '9000-60x120',
  gatepass_keyring_rejected: '0x120',
  gatepass_hashing_untrusted_total: '0x120',
  gatepass_hashing_refused_total: '0x120',
  'gatepass_refreshes_total{outcome="reused"}': '0+0.01x120',
  'gatepass_refreshes_total{outcome="from_future"}': '0x120',
  nodejs_eventloop_lag_p99_seconds: '0.01x120',
  gatepass_database_waiting: '0x120',
  'gatepass_http_connections_refused_total{reason="full"}': '0x120',
  gatepass_mails_oldest_due_seconds: '30x120',
  gatepass_mails_due: '2x120',
  'gatepass_mails_total{outcome="sent"}': '0+10x120',
  'gatepass_mails_total{outcome="failed"}': '0+0.5x120',
  'gatepass_mails_total{outcome="expired"}': '0x120',
  'gatepass_mail_retries_total{reason="connection"}': '0+1x120',
  'gatepass_mail_retries_total{reason="recipient"}': '0+1x120',
  gatepass_feed_dropped_total: '1x120',
  gatepass_feed_subscribers: '40x120',
  gatepass_log_lines_dropped_total: '0x120',
  process_start_time_seconds: '1000x120'
}

/** What is different where a rule fires; no series is in two of them. */
const FIRING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GatepassNotReady: { 'gatepass_http_requests_total{route="/health/ready",outcome="not_ready"}': '0+1x120' },
  GatepassDatabaseDown: {
    'gatepass_http_requests_total{route="/auth/login",outcome="credential_store_unavailable"}': '0+5x120'
  },
  GatepassRevocationsStale: { gatepass_revocation_age_seconds: '0+60x120' },
  GatepassClockSkew: { gatepass_clock_skew_seconds: '-1.5x120' },
  GatepassCannotSign: { gatepass_keyring_can_sign: '0x120' },
  GatepassRotationLate: { gatepass_keyring_next_rotation_seconds: '0-60x120' },
  GatepassKeysTampered: { gatepass_keyring_rejected: '1x120' },
  GatepassHashesTampered: { gatepass_hashing_untrusted_total: '0x100 1x20' },
  GatepassRefreshReuse: { 'gatepass_refreshes_total{outcome="reused"}': '0+0.2x120' },
  GatepassDatabaseRestored: { 'gatepass_refreshes_total{outcome="from_future"}': '0x110 1x10' },
  GatepassLoginFailures: { 'gatepass_http_requests_total{route="/auth/login",outcome="invalid_credentials"}': '0+900x120' },
  GatepassOverloaded: { 'gatepass_http_requests_total{route="/auth/login",outcome="overloaded"}': '0+5x120' },
  GatepassErrors: { 'gatepass_http_requests_total{route="/me",outcome="internal_error"}': '0+1x120' },
  GatepassEventLoop: { nodejs_eventloop_lag_p99_seconds: '0.5x120' },
  GatepassDatabaseConnections: { gatepass_database_waiting: '3x120' },
  GatepassConnectionsRefused: { 'gatepass_http_connections_refused_total{reason="full"}': '0+9x120' },
  GatepassMailDown: { gatepass_mails_oldest_due_seconds: '0+60x120', 'gatepass_mails_total{outcome="sent"}': '7x120' },
  GatepassMailBacklog: { gatepass_mails_due: '2000x120' },
  GatepassMailRefused: { 'gatepass_mails_total{outcome="failed"}': '0+1x120' },
  GatepassMailExpired: { 'gatepass_mails_total{outcome="expired"}': '0x100 3x20' },
  GatepassFeedDropped: { gatepass_feed_dropped_total: '0+1x120' },
  GatepassFeedSubscribersLost: { gatepass_feed_subscribers: '40x100 10x20' },
  GatepassLogDropped: { gatepass_log_lines_dropped_total: '0x110 7x10' },
  GatepassRestarts: { process_start_time_seconds: '1000x112 1001 1002 1003 1004x5' },
  GatepassVersions: { 'gatepass_build_info{version="1.2.4"}': '1x120' }
}

t.test('Prometheus takes the rules, each fires when it should, and none while all is well', { skip: withoutPromtool }, async (t) => {
  t.match((await run('promtool', ['check', 'rules', FILE])).stdout, new RegExp(`SUCCESS: ${rules.length} rules found`))
  // One case for all of them, since each takes a second.
  const cases: ReadonlyArray<[series: Readonly<Record<string, string>>, firing: readonly string[]]> = [
    [WELL, []], [{}, ['GatepassAbsent']], [Object.assign({}, WELL, ...Object.values(FIRING)), Object.keys(FIRING)]
  ]
  t.strictSame(cases.flatMap(([, firing]) => firing).sort(), rules.map(({ alert }) => alert).sort())
  const tests = cases.map(([series, firing]) => ({
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: withInstance(name), values })),
    promql_expr_test: [{
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: '119m',
      exp_samples: firing.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 }))
    }]
  }))
  const file = join(t.testdir(), 'alerts.test.yaml')
  await writeFile(file, stringify({ rule_files: [resolve(FILE)], evaluation_interval: '1m', tests }))
  await t.resolves(run('promtool', ['test', 'rules', file]))
})

/** As a scrape adds it. */
function withInstance (series: string): string {
  const [name = '', labels = ''] = series.split('{')
  return `${name}{job="gatepass",instance="a:9464"${labels === '' ? '' : `,${labels.slice(0, -1)}`}}`
}
