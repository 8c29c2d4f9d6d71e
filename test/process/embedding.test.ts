// A program of a team that embeds the service: its command line knows the roles and the tables of the team.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { logIn } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { until } from '../support/until.ts'

const PROGRAM = `
import { defineRoles, edge } from 'gatepass/edge'
import { runCommandLine } from 'gatepass'

const roles = defineRoles({ admin: [], editor: ['account:read', 'notes:write'] })

async function notes (app, { verifier, database }) {
  await app.register(edge, { verifier, allow: 'notes:write' })
  app.post('/notes', async ({ currentUser }, reply) => {
    await database.insertInto('notes').values({ author: currentUser.id }).execute()
    return reply.code(201).send(await database.selectFrom('notes').selectAll().execute())
  })
}

await runCommandLine({ roles, modules: [{ plugin: notes, migrations: new URL('migrations', import.meta.url) }], prefix: '/api' })
`

const FILES = {
  'main.mjs': PROGRAM,
  migrations: { '0001_notes.up.sql': 'create table notes (author uuid);', '0001_notes.down.sql': 'drop table notes;' }
}

t.test('its own roles and tables are those of every command', async (t) => {
  const directory = t.testdir(FILES)
  const port = await freePort()
  const settings = {
    DATA_DIR: 'data', DEFAULT_ROLE: 'editor', ARGON2_MEMORY: '1024', ARGON2_TIME: '1', ADMIN_EMAIL: 'root@example.com', PORT: String(port)
  }
  const run = async (parameters: string, input = '') => {
    const child = start(t, directory, parameters, settings)
    child.process.stdin.end(input)
    const [code] = await child.closed
    return { code, output: child.output() }
  }

  const output = 'Applied: notes/0001_notes.\n'
  t.match(await run('migrate'), { code: 0, output })
  t.match(await run('migrate down --module notes'), { code: 0, output: 'Undone: notes/0001_notes.\n' })
  t.match(await run('migrate down --module other'), { code: 1, output: 'gatepass: There is no module "other" with migrations.\n' })
  t.match(await run('role list'), { code: 0, output: /^editor {2}default {2}account:read notes:write$/m })
  t.match(await run('user create ed@example.com --password-stdin', `${PASSWORD}\n`), { code: 0, output: /ed@example\.com {2}editor/ })
  t.match(await run('user role ed@example.com user'), { code: 1, output: 'gatepass: The role must be one of admin, editor.\n' })
  t.match(await run('openapi'), { code: 0, output: /^ {2}\/api\/notes:$/m })

  const service = start(t, directory, 'serve', settings)
  await until(() => service.output().includes('gatepass is at '))
  const { accessToken } = await logIn(`http://127.0.0.1:${port}`, 'ed@example.com', PASSWORD)
  const headers = { authorization: `Bearer ${accessToken}` }
  const response = await fetch(`http://127.0.0.1:${port}/api/notes`, { method: 'POST', headers })
  t.equal(response.status, 201, 'the start has applied the migration of the module')
  t.match(await response.json(), [{ author: /^[0-9a-f-]{36}$/ }])
  service.process.kill('SIGTERM')
  t.strictSame(await service.closed, [0, null])
})

function start (t: Test, directory: string, parameters: string, settings: Record<string, string>) {
  const env = { PATH: process.env.PATH ?? '', ...settings }
  const child = spawn(process.execPath, ['main.mjs', ...parameters.split(' ')], { cwd: directory, env })
  t.teardown(() => { child.kill('SIGKILL') })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  return { process: child, closed: once(child, 'close'), output: () => output }
}
