// An uncaught error in the real process.
import t from 'tap'
import { logIn } from '../support/client.ts'
import { startService } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

const EMAIL = 'ada@example.com'

/** The errors, raised while a request is in flight. */
const accidents: Array<[name: string, code: string]> = [
  ['a promise that is rejected', "Promise.reject(new Error('nobody caught this'))"],
  ['a throw in a timer', "setTimeout(() => { throw new Error('nobody caught this') })"],
  [
    'an error event that nobody listens for',
    "setImmediate(() => new (require('node:events'))().emit('error', new Error('nobody caught this')))"
  ]
]

for (const [name, code] of accidents) {
  t.test(`ER8, F25: ${name} is logged with its cause, requests in flight get responses, and the exit code is 1`, async (t) => {
    const accident = t.testdir({
      'accident.cjs': `require('node:diagnostics_channel').subscribe('http.server.request.start', () => setTimeout(() => ${code}, 10))`
    })
    // The hash is slow enough to be in flight.
    const service = await startService(t, {
      DATA_DIR: `${accident}/data`,
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
      ARGON2_MEMORY: '65536',
      ARGON2_TIME: '3',
      NODE_OPTIONS: `--require=${accident}/accident.cjs`
    })
    t.type((await logIn(service.address, EMAIL, PASSWORD)).accessToken, 'string')
    await until(() => service.stdout().includes('unexpected error, closing'))
    const { code: exitCode, stdout, stderr } = await service.stop('SIGWINCH')
    t.equal(exitCode, 1)
    const line = stdout.split('\n').find((line) => line.includes('unexpected error, closing')) ?? '{}'
    t.match(JSON.parse(line), { level: 60, err: { message: 'nobody caught this', stack: /nobody caught this\n +at / } })
    t.equal(stderr, '')
  })
}

t.test('F25: a restart has every change that had a response', async (t) => {
  const accident = t.testdir({ 'accident.cjs': "process.on('SIGWINCH', () => Promise.reject(new Error('nobody caught this')))" })
  const settings = { DATA_DIR: `${accident}/data`, ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD }
  const service = await startService(t, { ...settings, NODE_OPTIONS: `--require=${accident}/accident.cjs` })
  await logIn(service.address, EMAIL, PASSWORD)
  t.match(await service.stop('SIGWINCH'), { code: 1 })
  const again = await startService(t, settings)
  t.type((await logIn(again.address, EMAIL, PASSWORD)).accessToken, 'string')
})
