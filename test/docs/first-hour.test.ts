// docs/first-hour.md, followed in an empty directory: its files, its commands, and what it says they print; then an upgrade.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { openShell, type Shell } from '../support/documents.ts'
import { NODE_FLAGS, QUICK } from '../support/process.ts'
import { pack, packNext } from '../support/packages.ts'
import { Registry } from '../support/registry.ts'
import { until } from '../support/until.ts'

t.setTimeout(600_000)

const run = promisify(execFile)
const DOCUMENT = readFileSync('docs/first-hour.md', 'utf8')
const PASSWORD = 'THE-PRINTED-PASSWORD'
const START = 'npm start'
/** What the repository needs of our own tools. */
const TOOLS = /^node_modules\/(typescript-native|@typescript\/typescript-.*|@types\/node|undici-types)$/

/** A code block, with the line above it. */
interface Block {
  language: string
  text: string
  /** Of the file that the block is. */
  file: string | undefined
}

type Folders = [home: string, bin: string, packages: string, work: string]

interface Chapter {
  title: string
  blocks: Block[]
}

t.test('every block is a file, commands for a terminal, or what these print', async (t) => {
  const chapters = parseChapters(DOCUMENT)
  t.equal(chapters.length, 7)
  for (const { title, blocks } of chapters) {
    for (const [index, { language, text, file }] of blocks.entries()) {
      if (file !== undefined) t.match(language, /^(ts|sql|json)$/, file)
      else if (language === 'sh') t.match(text, /^# Terminal [123](: press Ctrl\+C first)?\n/, title)
      else t.strictSame([language, blocks[index - 1]?.language], ['text', 'sh'], `${title}: ${text}`)
    }
  }
  t.equal(chapters.flatMap(({ blocks }) => blocks).length, DOCUMENT.match(/^```\w+$/gm)?.length, 'none is before the first chapter')
})

t.test('a newcomer does it all', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'first-hour-'))
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const [home, bin, packages, work] = ['home', 'bin', 'packages', 'work'].map((name) => join(directory, name)) as Folders
  for (const folder of [home, bin, packages, work]) await mkdir(folder)
  const { registry, npm, gatepass } = await openRegistry(t, packages)
  await provideNpx(directory, gatepass)
  await writeFile(join(bin, 'node'), `#!/bin/sh\nexec '${process.execPath}' ${NODE_FLAGS.join(' ')} "$@"\n`, { mode: 0o755 })
  const ports: Record<string, string> = { 3000: String(await freePort()), 3001: String(await freePort()) }
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home, ...QUICK, ...npm, PORT: ports[3000] }
  const terminals = [1, 2, 3].map(() => new Terminal(t, work, env))
  let password = ''
  let isOver = false

  for (const { title, blocks } of parseChapters(DOCUMENT.replace(/\b300[01]\b/g, (port) => ports[port] ?? ''))) {
    if (isOver) break
    isOver = true
    await t.test(title, async (t) => {
      const startedAt = performance.now()
      for (const [index, { text, file }] of blocks.entries()) {
        if (file !== undefined) {
          await mkdir(join(work, dirname(file)), { recursive: true })
          await writeFile(join(work, file), text)
          continue
        }
        const [, number, interrupts] = /^# Terminal (\d)(:.*)?\n/.exec(text) ?? []
        const terminal = terminals[Number(number) - 1]
        // What is printed was compared with the commands before it.
        if (terminal === undefined) continue
        if (interrupts !== undefined) await terminal.interrupt()
        const printed = blocks[index + 1]?.language === 'text' ? blocks[index + 1]?.text ?? '' : ''
        if (text.includes('npm install\n')) await saveUnpacking(join(work, 'my-api'))
        const code = await terminal.run(text.replace(PASSWORD, password))
        // A service that has started may have more to say.
        const missing = () => findMissing(terminal.output, printed)
        await until(() => missing() === undefined, 10_000).catch(() => {})
        const isWrong = code !== 0 || missing() !== undefined
        if (isWrong && text.includes('npm install') && !await registry.hasNetwork()) {
          return t.comment('skipped: npm has not cached all packages, and there is no network')
        }
        t.equal(code, 0, text)
        t.equal(missing(), undefined, 'what it prints')
        if (isWrong) return t.comment(terminal.output)
        password ||= /password +(\S+)/.exec(terminal.output)?.[1] ?? ''
      }
      isOver = false
      t.comment(`${Math.round(performance.now() - startedAt)} ms`)
    })
  }

  await t.test('"npm update" gets the next version of the service, with its migration', { skip: isOver && 'no network' }, async (t) => {
    const next = await packNext(gatepass, packages)
    await registry.publish(next.tarball)
    const [terminal] = terminals
    if (terminal === undefined) return t.fail('there is no terminal')
    await terminal.interrupt()
    const code = await terminal.run('npm update gatepass && npm run --silent gatepass -- --version && npm run --silent gatepass -- migrate')
    if (code !== 0 && !await registry.hasNetwork()) return t.comment('skipped: npm has not cached all packages, and there is no network')
    t.equal(code, 0)
    t.match(terminal.output, `gatepass ${next.version}\nApplied: 9999_next.\n`, terminal.output)
    await terminal.run(START)
    const live = await fetch(`http://localhost:${ports[3000]}/health/live`)
    return t.match(await live.json(), { version: next.version })
  })
})

/** A registry that has the packages of this project, and the settings with which npm installs from it. */
async function openRegistry (t: Test, folder: string) {
  const registry = await Registry.start(t)
  const { gatepass = '', ...others } = await pack(folder, 'gatepass', 'gatepass-verify', 'gatepass-edge')
  for (const tarball of [gatepass, ...Object.values(others)]) await registry.publish(tarball)
  // Of npm's cache the contents alone: a gatepass that npx has installed before is not this one.
  const cache = join(folder, 'cache')
  await mkdir(cache)
  await symlink(join((await run('npm', ['config', 'get', 'cache'])).stdout.trim(), '_cacache'), join(cache, '_cacache'))
  const settings = { registry: registry.url, cache, prefer_offline: 'true', fetch_retries: '0', update_notifier: 'false' }
  return { registry, gatepass, npm: Object.fromEntries(Object.entries(settings).map(([name, value]) => [`npm_config_${name}`, value])) }
}

/** So that npx finds the packed package in a directory above, and need not install all that it depends on. */
async function provideNpx (directory: string, tarball: string): Promise<void> {
  const [target, links] = ['gatepass', '.bin'].map((name) => join(directory, 'node_modules', name)) as [string, string]
  for (const folder of [target, links]) await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  await symlink(join(process.cwd(), 'node_modules'), join(target, 'node_modules'))
  await symlink('../gatepass/dist/cli/main.js', join(links, 'gatepass'))
  await chmod(join(target, 'dist/cli/main.js'), 0o755)
}

/** npm keeps what is there in the right version: unpacking would be most of its work. */
async function saveUnpacking (directory: string): Promise<void> {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const wanted = Object.entries<{ dev?: boolean }>(packages).filter(([path, { dev = false }]) => {
    return /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && existsSync(path) && (!dev || TOOLS.test(path))
  })
  for (const [path] of wanted) {
    const target = join(directory, path.replace('typescript-native', 'typescript'))
    await mkdir(dirname(target), { recursive: true })
    // Links, where both are on one file system.
    await run('cp', ['-al', path, target]).catch(() => cp(path, target, { recursive: true }))
  }
}

/** A terminal whose services run until Ctrl+C. */
class Terminal {
  readonly #shell: Shell
  readonly #env: Record<string, string | undefined>
  #service: ChildProcess | undefined
  #output = ''

  constructor (t: Test, cwd: string, env: Record<string, string | undefined>) {
    this.#shell = openShell(t, cwd, env)
    this.#env = env
    t.teardown(() => this.interrupt())
  }

  /** Of the last block of commands. */
  get output (): string {
    return this.#output
  }

  /**
   * Runs a block of commands; where the last one starts a service, it is awaited until it listens.
   *
   * @returns the exit code of the last one that has ended
   */
  async run (block: string): Promise<number> {
    const lines = block.trimEnd().split('\n').filter((line) => !line.startsWith('#'))
    const start = lines.at(-1) === START ? lines.pop() : undefined
    const { code, stdout, stderr } = await this.#shell.run(lines.join('\n') || 'true')
    this.#output = `${stdout}\n${stderr}`
    if (start !== undefined) await this.#start(start, (await this.#shell.run('pwd')).stdout.trim())
    return code
  }

  async #start (command: string, cwd: string): Promise<void> {
    const child = spawn('sh', ['-c', command], { cwd, env: this.#env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#service = child
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
        this.#output += text
      })
    }
    await until(() => {
      if (child.exitCode !== null) throw new Error(this.#output)
      return / is at http/.test(output)
    }, 60_000)
  }

  /** As Ctrl+C: for the whole group of processes. */
  async interrupt (): Promise<void> {
    const { pid } = this.#service ?? {}
    if (this.#service === undefined || pid === undefined || this.#service.exitCode !== null) return
    const closed = once(this.#service, 'close')
    this.#service = undefined
    process.kill(-pid, 'SIGINT')
    await closed
  }
}

function parseChapters (markdown: string): Chapter[] {
  const [, ...chapters] = markdown.split(/^## /m)
  return chapters.map((chapter) => ({
    title: chapter.slice(0, chapter.indexOf('\n')),
    blocks: [...chapter.matchAll(/(?:^`(\S+)`:\n\n)?^```(\w+)\n([^]*?)^```$/gm)].map(([, file, language = '', text = '']) => {
      return { file, language, text }
    })
  }))
}

/** @returns the first line of a document that is not in the output after the one before it */
function findMissing (output: string, printed: string): string | undefined {
  const lines = output.split('\n').map(toComparable)
  return printed.split('\n').filter((line) => line !== '').find((line) => {
    const pattern = toComparable(line).split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
    const found = lines.findIndex((candidate) => new RegExp(`^${pattern}$`).test(candidate))
    lines.splice(0, found + 1)
    return found === -1
  })
}

/** White space is in the way of no reader. */
function toComparable (line: string): string {
  return line.trim().replace(/\s+/g, ' ')
}
