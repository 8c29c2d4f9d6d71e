// Packages as they are published, installed and used as a service of somebody else would.
import { execFile } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { compileInEveryMode } from './compile.ts'
import { AUDIENCE, ISSUER, testKey } from './tokens.ts'

const run = promisify(execFile)

interface Manifest { version: string, dependencies: Record<string, string> }

const { version, dependencies }: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))

/** The maps of the bundled program name the sources in its stack traces. */
const COMPILED = /(\.js|\.d\.c?ts|\/package\.json|^dist\/empty-database\.tar\.gz|^dist\/cli\/(program|bundle\/.*)\.js\.map)$/

/** JavaScript, and TypeScript, that accepts the tokens of `bearer`. */
export const VERIFIER = `
  const roles = defineRoles({ admin: ['things:read', 'things:write'], user: ['things:read'] })
  const verifier = createVerifier({
    issuer: ${JSON.stringify(ISSUER)}, audience: ${JSON.stringify(AUDIENCE)}, roles,
    keys: createLocalKeySource([${JSON.stringify(testKey)}])
  })
`

/** @returns `fastify@1.2.3`, as the project has it */
export function withVersion (name: string): string {
  return `${name}@${dependencies[name]}`
}

/**
 * Packs as `npm run pack`.
 *
 * @param names of packages; all of them, if there is none
 * @returns paths of the tarballs, by the name of the package
 */
export async function pack (folder: string, ...names: string[]): Promise<Record<string, string>> {
  const { stdout } = await run(process.execPath, ['scripts/pack.js', folder, ...names])
  return Object.fromEntries(stdout.trim().split('\n').map((path) => [path.replace(/^.*\/|-\d.*$/g, ''), path]))
}

/**
 * Packs the service again, as the next version, with one more migration.
 *
 * @param tarball of the service
 * @param folder where it is put
 */
export async function packNext (tarball: string, folder: string): Promise<{ version: string, tarball: string }> {
  await run('tar', ['-xzf', tarball, '-C', folder])
  const directory = join(folder, 'package')
  const next = version.replace(/\d+$/, (patch) => String(Number(patch) + 1))
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, version: next }))
  writeFileSync(join(directory, 'migrations/9999_next.up.sql'), 'create table next (id uuid);')
  writeFileSync(join(directory, 'migrations/9999_next.down.sql'), 'drop table next;')
  await run('tar', ['-czf', join(folder, 'next.tgz'), '-C', folder, 'package'])
  return { version: next, tarball: join(folder, 'next.tgz') }
}

/**
 * Asserts that npm publishes a tarball without a warning, and that it holds a README, a license, and nothing that is not used.
 *
 * @param name of the package
 */
export async function assertPublishable (t: Test, name: string, tarball: string): Promise<void> {
  // Nobody answers there: with "--dry-run" npm only asks which versions are published already.
  const registry = ['--registry=http://127.0.0.1:9/', '--//127.0.0.1:9/:_authToken=none', '--fetch-retries=0']
  const { stderr } = await run('npm', ['publish', tarball, '--dry-run', '--ignore-scripts', ...registry])
  t.notMatch(stderr, /^npm (?!notice)/m)

  const directory = t.testdir()
  await run('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1'])
  const read = (path: string): string => readFileSync(join(directory, path), 'utf8')
  const manifest = JSON.parse(read('package.json'))
  t.match(manifest, { name, version, license: 'MIT', description: String, keywords: [/./], type: 'module' })
  t.notMatch(Object.keys(manifest).join(' '), /private|scripts|devDependencies/)

  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
  const ofService = name === 'gatepass' ? ['.env.example', 'migrations', 'openapi.yaml', 'templates'] : []
  const expected = new Set(['LICENSE', 'README.md', 'package.json', 'dist', ...ofService])
  t.strictSame(new Set(files.map((file) => file.replace(/\/.*/, ''))), expected)
  const compiled = files.filter((file) => file.startsWith('dist/'))
  t.strictSame(compiled.filter((file) => !COMPILED.test(file)), [])
  for (const file of compiled.filter((file) => file.endsWith('.js'))) {
    const [, map] = /^\/\/# sourceMappingURL=(?!data:)(.*)$/m.exec(read(file)) ?? []
    if (map !== undefined) t.ok(existsSync(join(directory, dirname(file), map)), `${file}: ${map}`)
  }
  const { exports, main, types, typesVersions } = manifest
  const named = JSON.stringify([exports, main, types, typesVersions]).match(/\.\/[\w./]+\.\w+/g) ?? []
  t.ok(named.length > 4)
  t.strictSame(named.filter((path) => !existsSync(join(directory, path))), [], 'what it names is there')

  t.match(read('README.md'), `# ${name}\n`)
  t.match(read('README.md'), new RegExp(`^npm install ${name}( |$)`, 'm'))
  // It is read on npm, where there are none of our documents.
  t.strictSame(read('README.md').match(/\]\([^)]*\)/g), null)
}

/** A service that has nothing but what is installed into it. */
export class Service {
  readonly #folder: string

  /** @param folder empty */
  constructor (folder: string) {
    this.#folder = folder
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'somebody-else', type: 'module', private: true }))
  }

  async install (...parameters: string[]): Promise<void> {
    await run('npm', ['install', '--prefer-offline', '--no-fund', '--no-audit', ...parameters], { cwd: this.#folder })
  }

  /** Names of all packages that are there. */
  listPackages (): string[] {
    const { packages } = JSON.parse(readFileSync(this.locate('.package-lock.json'), 'utf8'))
    return Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')).sort()
  }

  listDependencies (name: string): string[] {
    return Object.keys(JSON.parse(readFileSync(this.locate(name, 'package.json'), 'utf8')).dependencies)
  }

  /**
   * Compiles a program in every mode, and runs it as an ES module and as CommonJS.
   *
   * @param source TypeScript without await at its top level
   * @returns what each writes to its standard output and to its standard error
   */
  async try (t: Test, source: string, environment?: 'node' | 'page'): Promise<Array<{ stdout: string, stderr: string }>> {
    compileInEveryMode(t, this.#folder, source, environment)
    return Promise.all(['app.js', 'commonjs/app.js'].map((file) => run(process.execPath, [file], { cwd: this.#folder })))
  }

  /** A document states how large a package is, alone and with what it needs; a tenth more or less is as good. */
  assertSize (t: Test, name: string): void {
    const row = new RegExp(`^\\| \`${name}\` \\| ([\\d.]+) kB \\| ([\\d.]+) MB in (\\d+) packages\\b`, 'm')
    const [, alone, all, amount] = row.exec(readFileSync('docs/frameworks.md', 'utf8')) ?? []
    const found = { alone: this.#measureBytes(name), all: this.#measureBytes(''), amount: this.listPackages().length }
    t.comment(name, found)
    t.ok(Math.abs(found.alone / 1e3 - Number(alone)) <= 0.1 * Number(alone), `${name} alone`)
    t.ok(Math.abs(found.all / 1e6 - Number(all)) <= 0.1 * Number(all), `${name} with what it needs`)
    t.equal(found.amount, Number(amount), `${name}, number of packages`)
  }

  #measureBytes (name: string): number {
    const folder = this.locate(name)
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => lstatSync(join(folder, path)))
    return entries.filter((entry) => entry.isFile()).reduce((total, { size }) => total + size, 0)
  }

  /** @returns path of what is installed */
  locate (...names: string[]): string {
    return join(this.#folder, 'node_modules', ...names)
  }
}
