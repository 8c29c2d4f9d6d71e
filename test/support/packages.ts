// Packages that are packed alone, installed and used as a service of somebody else would.
import { execFile } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { AUDIENCE, ISSUER, testKey } from './tokens.ts'

const run = promisify(execFile)

const PROJECT = process.cwd()
const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))

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
 * Packs as `npm run pack:verify` or `npm run pack:edge`.
 *
 * @returns paths of the tarballs
 */
export async function pack (name: 'verify' | 'edge', folder: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, ['scripts/pack.js', name, folder])
  return stdout.trim().split('\n')
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
    const { packages } = JSON.parse(readFileSync(this.#locate('.package-lock.json'), 'utf8'))
    return Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')).sort()
  }

  listDependencies (name: string): string[] {
    return Object.keys(JSON.parse(readFileSync(this.#locate(name, 'package.json'), 'utf8')).dependencies)
  }

  /** @returns what a module writes to its standard output, line by line */
  async run (source: string): Promise<string[]> {
    writeFileSync(join(this.#folder, 'app.js'), source)
    const { stdout } = await run(process.execPath, ['app.js'], { cwd: this.#folder })
    return stdout.trim().split('\n')
  }

  /** @returns what the compiler says to a module, with both ways to resolve imports; no types are skipped */
  async findTypeErrors (source: string): Promise<string> {
    writeFileSync(join(this.#folder, 'service.ts'), source)
    const outputs = await Promise.all([['nodenext', 'nodenext'], ['esnext', 'bundler']].map(async ([module, moduleResolution]) => {
      const strictest = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
      const types = { lib: ['es2023'], types: ['node'], typeRoots: [join(PROJECT, 'node_modules/@types')] }
      const compilerOptions = { ...strictest, ...types, module, moduleResolution, target: 'es2023', noEmit: true }
      const project = join(this.#folder, `tsconfig.${moduleResolution}.json`)
      writeFileSync(project, JSON.stringify({ compilerOptions, files: ['service.ts'] }))
      const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc')
      return await run(process.execPath, [tsc, '--project', project]).then(() => '', ({ stdout }) => String(stdout))
    }))
    return outputs.join('')
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
    const folder = this.#locate(name)
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => lstatSync(join(folder, path)))
    return entries.filter((entry) => entry.isFile()).reduce((total, { size }) => total + size, 0)
  }

  #locate (...names: string[]): string {
    return join(this.#folder, 'node_modules', ...names)
  }
}
