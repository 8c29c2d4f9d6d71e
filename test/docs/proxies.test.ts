// The configurations of proxies that docs/deploying.md names fit the settings and the time limits of the service.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { loadConfig } from '../../src/config/config.ts'

const { shutdownDelaySeconds } = loadConfig({ HOST: '0.0.0.0' })
/** As `deadline` of `src/http/time-limits.ts`. */
const RESPONSE_SECONDS = 10
const DOCUMENT = readFileSync('docs/deploying.md', 'utf8')

/** @returns the seconds of each place where the pattern's group has a time */
function readSeconds (text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, seconds]) => Number(seconds))
}

t.test('HAProxy takes an instance out before it stops listening, and waits longer than the service', async (t) => {
  const text = readFileSync('deploy/haproxy.cfg', 'utf8')
  const [interval = NaN] = readSeconds(text, /inter (\d+)s/g)
  const [fall = NaN] = readSeconds(text, /fall (\d+)/g)
  const [check = NaN] = readSeconds(text, /timeout check (\d+)s/g)
  t.ok((fall + 1) * interval < shutdownDelaySeconds && check < shutdownDelaySeconds)
  t.ok(readSeconds(text, /timeout server (\d+)s/g).every((seconds) => seconds > RESPONSE_SECONDS))
  t.match(text, /\n {2}retry-on conn-failure empty-response\n/)
  t.match(text, /\n {2}http-request disable-l7-retry unless METH_GET\n/)
  t.match(text, /\n {2}option httpchk GET \/health\/ready\n/)
})

t.test('nginx lets go of an instance while it serves, and repeats no POST', async (t) => {
  const text = readFileSync('deploy/nginx.conf', 'utf8')
  t.ok(readSeconds(text, /keepalive_timeout (\d+)s/g).every((seconds) => seconds < shutdownDelaySeconds))
  t.ok(readSeconds(text, /fail_timeout=(\d+)s/g).every((seconds) => seconds > shutdownDelaySeconds))
  t.ok(readSeconds(text, /proxy_read_timeout (\d+)s/g).every((seconds) => seconds > RESPONSE_SECONDS))
  t.notMatch(text, /non_idempotent/)
  t.match(text, /\n {6}proxy_pass http:\/\/gatepass\/health\/ready;\n/)
})

t.test('the document names the files, and the commands that show what it promises', async (t) => {
  for (const name of ['../deploy/haproxy.cfg', '../deploy/nginx.conf']) t.ok(DOCUMENT.includes(`](${name})`), name)
  for (const name of ['health', 'rolling']) t.ok(DOCUMENT.includes(`\`npm run ops -- ${name}\``), name)
})
