// In place of an audit, which needs a network: no dependency below the version in which its known weaknesses were mended.
import { execFile } from 'node:child_process'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const FLOORS: Readonly<Record<string, string>> = {
  '@fastify/jwt': '10.2.2',
  '@fastify/rate-limit': '11.2.0',
  '@fastify/static': '10.1.2',
  argon2: '0.44.0',
  'fast-jwt': '6.3.6',
  fastify: '5.12.5',
  jose: '6.2.17',
  kysely: '0.28.17'
}

// Newer ones ask for another Node.js, or crash under this one.
const CEILINGS: Readonly<Record<string, string>> = { argon2: '0.45.0', kysely: '0.29.0' }

t.test('LG12: every copy of a dependency in the lock file is at its floor or above', async (t) => {
  const packages = await lockedPackages()
  for (const [name, floor] of Object.entries(FLOORS)) {
    for (const { path, version } of packages.filter((locked) => locked.name === name)) {
      t.ok(
        compare(version, floor) >= 0, `${path} is ${version}, at least ${floor}`
      )
    }
  }
  for (const [name, ceiling] of Object.entries(CEILINGS)) {
    for (const { path, version } of packages.filter((locked) => locked.name === name)) {
      t.ok(
        compare(version, ceiling) < 0, `${path} is ${version}, below ${ceiling}`
      )
    }
  }
  t.equal(compare('10.2.10', '10.2.9'), 1)
  t.equal(compare('5.12.4', '5.12.5'), -1)
})

t.test('direct dependencies are pinned, and the lock file names no place to download from', async (t) => {
  const { dependencies, devDependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    t.match(version, /^(npm:typescript@)?\d+\.\d+\.\d+$/, name)
  }
  t.notMatch(await readFile('package-lock.json', 'utf8'), /"resolved"/)
})

t.test('the benchmarks have packages of their own, and those that the service has too are of the same version', async (t) => {
  const { dependencies, devDependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  const { dependencies: own } = JSON.parse(await readFile('bench/package.json', 'utf8'))
  t.equal(own.autocannon !== undefined && devDependencies.autocannon, undefined)
  for (const [name, version] of Object.entries(own)) {
    t.match(version, /^\d+\.\d+\.\d+$/, name)
    if (dependencies[name] !== undefined) t.equal(version, dependencies[name], name)
  }
  t.notMatch(await readFile('bench/package-lock.json', 'utf8'), /"resolved"/)
})

for (const folder of ['verifiers', 'conformance', 'generators', 'ops']) {
  t.test(`${folder}/ has packages of its own, pinned too`, async (t) => {
    const { dependencies, devDependencies } = JSON.parse(await readFile(`${folder}/npm/package.json`, 'utf8'))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) t.match(version, /^\d+\.\d+\.\d+$/, name)
    t.notMatch(await readFile(`${folder}/npm/package-lock.json`, 'utf8'), /"resolved"/)
    if (folder === 'ops') return
    const requirements = (await readFile(`${folder}/python/requirements.txt`, 'utf8')).trim().split('\n')
    for (const line of requirements) t.match(line, /^[\w[\]-]+==[\d.]+$/)
  })
}

t.test('npm warns of no package that asks for another Node.js', async (t) => {
  const cwd = t.testdir()
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) await copyFile(file, join(cwd, file))
  const { stdout, stderr } = await promisify(execFile)('npm', ['ci', '--dry-run', '--offline', '--ignore-scripts'], { cwd })
  t.match(stdout, /^add fastify /m, 'it went through all of them')
  t.notMatch(stderr, /EBADENGINE/)
})

async function lockedPackages (): Promise<Array<{ path: string, name: string, version: string }>> {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'))
  return Object.entries<{ version: string }>(packages).filter(([path]) => path !== '').map(([path, { version }]) => ({
    path, version, name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  }))
}

/** Numbers, not letters: 10 is above 9. */
function compare (a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.-]/, 3).map(Number))
  for (const [index, part] of (left ?? []).entries()) if (part !== right?.[index]) return part > (right?.[index] ?? 0) ? 1 : -1
  return 0
}
