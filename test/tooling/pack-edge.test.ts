import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { mint, goodClaims, ISSUER, AUDIENCE, createKeyMaterial } from '../support/tokens.ts'

const run = promisify(execFile)

t.test('the edge alone installs beside fastify, verifies a token, and brings no database along', async (t) => {
  t.setTimeout(600_000)
  const directory = t.testdir({ 'package.json': JSON.stringify({ name: 'somebody-else', type: 'module', private: true }) })
  const { stdout } = await run(process.execPath, ['scripts/pack-edge.js', t.testdirName])
  const tarball = stdout.trim()
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  await run('npm', ['install', '--prefer-offline', '--no-fund', '--no-audit', tarball, `fastify@${dependencies.fastify}`], {
    cwd: directory
  })

  const { packages } = JSON.parse(await readFile(join(directory, 'package-lock.json'), 'utf8'))
  const installed = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''))
  for (const absent of ['pg', 'kysely', 'argon2', '@electric-sql/pglite', 'gatepass']) t.notOk(installed.includes(absent), absent)
  const own = JSON.parse(await readFile(join(directory, 'node_modules/gatepass-edge/package.json'), 'utf8'))
  t.strictSame(Object.keys(own.dependencies), ['@fastify/jwt', 'fast-jwt', 'fastify-plugin'])

  const material = createKeyMaterial('ES256')
  await writeFile(join(directory, 'app.js'), `
    import Fastify from 'fastify'
    import edge, { createLocalKeySource, createVerifier, defineRoles } from 'gatepass-edge'
    const roles = defineRoles({ user: ['things:read'] })
    const verifier = createVerifier({
      issuer: ${JSON.stringify(ISSUER)}, audience: ${JSON.stringify(AUDIENCE)}, roles,
      keys: createLocalKeySource([${JSON.stringify(material.jwk)}])
    })
    const app = Fastify()
    app.register(async (module) => {
      await module.register(edge, { verifier, allow: 'things:read' })
      module.get('/things', ({ currentUser }) => ({ is: currentUser.isUser() }))
    })
    const ask = async (authorization) => (await app.inject({ url: '/things', headers: { authorization } })).body
    console.log(await ask('Bearer ${mint(material, goodClaims())}'), await ask('Bearer nonsense'))
  `)
  const answers = await run(process.execPath, ['app.js'], { cwd: directory })
  t.match(answers.stdout, /^\{"is":true\} \{.*"code":"invalid_token".*\}\n$/)
})
