import { spawnSync } from 'node:child_process'
import t from 'tap'

const PRINT = 'console.log(JSON.stringify([process.execArgv, process.env.NODE_OPTIONS ?? null]))'

t.test('a test file loads no compiler, in a fresh clone either', async (t) => {
  t.strictSame(process.execArgv.filter((parameter) => parameter.includes('@tapjs/typescript')), [])
})

t.test('a process that a test starts loads nothing of tap', async (t) => {
  const settings = [{}, { env: { PATH: process.env.PATH } }, { env: { ...process.env, NODE_OPTIONS: '--no-warnings' } }]
  const outputs = settings.map((options) => String(spawnSync(process.execPath, ['--eval', PRINT], options).stdout).trim())
  const none = JSON.stringify([['--eval', PRINT], null])
  t.strictSame(outputs, [none, none, JSON.stringify([['--eval', PRINT], '--no-warnings'])])
})
