// The program is bundled with its packages.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'
import { runCommand } from '../support/process.ts'

const DIRECTORY = 'dist/cli/bundle'
/** They have files of their own beside their code. */
const OUTSIDE = ['@electric-sql/pglite', '@fastify/swagger-ui', 'argon2']

const files = readdirSync(DIRECTORY).filter((name) => name.endsWith('.js'))

t.test('it needs no other packages than those that have files of their own', async (t) => {
  // Not below this directory, whose packages would be found.
  const root = mkdtempSync(join(tmpdir(), 'gatepass-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  for (const name of ['dist', 'migrations', 'package.json']) cpSync(name, join(root, name), { recursive: true })
  for (const name of OUTSIDE) {
    mkdirSync(dirname(join(root, 'node_modules', name)), { recursive: true })
    symlinkSync(resolve('node_modules', name), join(root, 'node_modules', name))
  }
  // It builds the whole service, on an embedded database.
  const { code, stdout, stderr } = await runCommand(t, ['openapi'], {}, { script: join(root, 'dist/cli/main.js') }).ended
  t.match({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, /^openapi: 3\.1/)
})

t.test('the service starts without what many services never use', async (t) => {
  const [start = ''] = files.filter((name) => name.startsWith('main-'))
  const loaded = collectLoaded(start)
  t.ok(loaded.size > 5, `${loaded.size} files are loaded`)
  for (const name of ['@simplewebauthn/server', '@peculiar/x509', 'nodemailer']) {
    const isIn = (file: string) => readCode(file).includes(`// node_modules/${name}/`)
    t.ok(files.some(isIn), `${name} is in the bundle`)
    t.strictSame([...loaded].filter(isIn), [], name)
  }
})

/** With all that is imported when a file is loaded. */
function collectLoaded (file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, next = ''] of readCode(file).matchAll(/^(?:\} from|import) "\.\/([\w.-]+)";$/gm)) collectLoaded(next, seen)
  return seen
}

t.test('a stack trace names the sources', async (t) => {
  for (const [source, declaration] of [
    ['src/startup/signals.ts', 'function closeOnSignals'], ['src/http/problem.ts', 'function sendProblem']
  ] as const) {
    t.strictSame(findSource(declaration), { source, line: findLine(readFileSync(source, 'utf8'), declaration) })
  }
  t.match(readFileSync('dist/cli/main.js', 'utf8'), 'process.setSourceMapsEnabled(true)')
})

function findSource (declaration: string): { source: string, line: number } | undefined {
  const name = files.find((file) => readCode(file).includes(declaration))
  if (name === undefined) return undefined
  const map = new SourceMap(JSON.parse(readFileSync(`${DIRECTORY}/${name}.map`, 'utf8')))
  const entry = map.findEntry(findLine(readCode(name), declaration) - 1, declaration.length)
  if (!('originalSource' in entry)) return undefined
  return { source: resolve(DIRECTORY, entry.originalSource).slice(process.cwd().length + 1), line: entry.originalLine + 1 }
}

function findLine (code: string, text: string): number {
  return code.slice(0, code.indexOf(text)).split('\n').length
}

function readCode (name: string): string {
  return readFileSync(`${DIRECTORY}/${name}`, 'utf8')
}
