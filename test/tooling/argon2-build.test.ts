// argon2 built for newer processors: made by a real compiler, and loaded by the service as a process of its own.
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { checkBinary } from '../../scripts/argon2-vectors.js'
import { logIn } from '../support/client.ts'
import { freePort } from '../../scripts/free-port.js'
import { startService } from '../support/process.ts'
import { PASSWORD } from '../support/password.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCRIPT = join(ROOT, 'scripts/build-argon2.js')
const BINARY = `prebuilds/${process.platform}-${process.arch}/argon2.node`
const KNOWN = '$argon2id$v=19$m=1024,t=2,p=1$3nVsEoXhzSAqNi6MJUlouA$SoEbDuZFmrDb89RTwkKo74np/JtxVytzx+v9dDciGd0'

const withCompiler = { skip: reasonToSkip() }
/** Made once for all tests. */
const made = withCompiler.skip === false ? buildAll(t.testdir()) : undefined

t.test('each build hashes as RFC 9106 says and as the ready-made one does, and says for whom it was made', withCompiler, async (t) => {
  const out = t.testdir()
  t.match(await copyBuilds(out), /^native: built with .* 63 hashes are what they must be/m)
  for (const name of readdirSync(out)) {
    const directory = join(out, name)
    t.equal(await checkBinary(directory), 63, name)
    const { argon2, flags } = JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'))
    t.equal(argon2, '0.44.0')
    for (const flag of name === 'native' ? ownFlags() : ['avx2', 'bmi2', 'fma']) t.ok(flags.includes(flag), `${name}: ${flag}`)
    t.notSame(
      readFileSync(join(directory, BINARY)),
      readFileSync(join(ROOT, 'node_modules/argon2/prebuilds/linux-x64/argon2.glibc.node')),
      'it is another one'
    )
  }
  const damaged = join(out, 'native')
  writeFileSync(join(damaged, BINARY), 'nothing of the kind')
  await t.rejects(checkBinary(damaged), /ended with 1/)
})

t.test('the service takes the fastest build that its processor can run, and says which', withCompiler, async (t) => {
  const { home, main, builds } = await installInto(t.testdir())
  const names = readdirSync(builds)
  const DATA_DIR = join(home, 'data')
  const settings = { DATA_DIR, ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD }

  const first = await observe('native')
  t.match(first, { event: 'argon2_build', build: 'native', skipped: [] })

  // Of another processor: if it were loaded, the first hash would end the process.
  rewrite(join(builds, 'native'), (manifest) => ({ ...manifest, flags: [...manifest.flags, 'avx1024'] }))
  const second = await observe(names.includes('x86-64-v3') ? 'x86-64-v3' : 'ready-made')
  t.match(second, { skipped: ['native: this processor lacks avx1024'] })

  /** Starts it, logs in with a password that an earlier start has hashed, and returns what the log says. */
  async function observe (build: string): Promise<object> {
    const METRICS_PORT = String(await freePort())
    const service = await startService(t, { ...settings, METRICS_PORT, LOG_LEVEL: 'info' }, { script: main })
    t.type((await logIn(service.address, 'ada@example.com', PASSWORD)).accessToken, 'string', build)
    const metrics = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text()
    t.match(metrics, new RegExp(`^gatepass_argon2_build_info\\{build="${build}"\\} 1$`, 'm'))
    t.match(await service.stop(), { code: 0 })
    const line = service.stdout().split('\n').find((line) => line.includes('"argon2_build"')) ?? '{}'
    return JSON.parse(line)
  }
})

t.test('what cannot be loaded, or was built from another argon2, is left aside', withCompiler, async (t) => {
  const { home, builds } = await installInto(t.testdir())
  rmSync(join(builds, 'x86-64-v3'), { recursive: true, force: true })
  const native = join(builds, 'native')
  const manifest = readFileSync(join(native, 'build.json'), 'utf8')

  rewrite(native, (manifest) => ({ ...manifest, argon2: '0.43.0' }))
  t.match(await loadedIn(home), {
    build: 'ready-made', skipped: ['native: built from argon2 0.43.0, but 0.44.0 is installed'], isRight: true
  })
  writeFileSync(join(native, 'build.json'), '{')
  t.match(await loadedIn(home), { build: 'ready-made', skipped: [/^native: .*JSON/], isRight: true })
  writeFileSync(join(native, 'build.json'), manifest)
  t.match(await loadedIn(home), { build: 'native', skipped: [], isRight: true })
  t.match(
    await loadedIn(home, { ARGON2_PREBUILD: join(ROOT, 'node_modules/argon2') }),
    { build: 'other', isRight: true },
    'who names one gets that one'
  )
  truncateSync(join(native, BINARY), 20_000)
  t.match(await loadedIn(home), { build: 'ready-made', skipped: ['native: the binary does not match its manifest'], isRight: true })
  rmSync(join(native, 'prebuilds'), { recursive: true })
  t.match(await loadedIn(home), { build: 'ready-made', skipped: [/^native: ENOENT/], isRight: true })
  rmSync(builds, { recursive: true })
  t.match(await loadedIn(home), { build: 'ready-made', skipped: [], isRight: true }, 'and without any it runs as ever')
})

t.test('without a compiler, or with a name that it does not know, the script says so', {
  skip: process.platform !== 'linux' || process.arch !== 'x64' ? 'it is for Linux on x86-64' : false
}, async (t) => {
  const out = t.testdir()
  await t.rejects(run(process.execPath, [SCRIPT, '--out', out], { env: { PATH: '/nowhere' } }), {
    code: 1, stderr: /^There is no compiler \(gcc and g\+\+.*runs without, on argon2's ready-made binary\.\n$/
  })
  await t.rejects(run(process.execPath, [SCRIPT, '--out', out, 'sse9']), {
    code: 1, stderr: 'There is no build sse9: there are x86-64-v3 and native.\n'
  })
  t.strictSame(readdirSync(out), [])
})

/** The service installed once more, with builds of its own: what is in dist stays as it is. */
async function installInto (home: string) {
  cpSync(join(ROOT, 'dist'), join(home, 'dist'), { recursive: true, filter: (path) => path !== join(ROOT, 'dist', 'argon2') })
  for (const name of ['package.json', 'migrations']) cpSync(join(ROOT, name), join(home, name), { recursive: true })
  const builds = join(home, 'dist', 'argon2')
  await copyBuilds(builds)
  return { home, builds, main: join(home, 'dist', 'cli', 'main.js') }
}

async function buildAll (directory: string) {
  const { stdout } = await run(process.execPath, [SCRIPT, '--out', directory])
  return { directory, stdout }
}

/** @returns what the script has said */
async function copyBuilds (target: string): Promise<string> {
  const { directory, stdout } = await made ?? {}
  cpSync(String(directory), target, { recursive: true })
  return String(stdout)
}

/** What a process of its own loads, and whether it verifies a hash that the ready-made one has made. */
async function loadedIn (home: string, environment: Record<string, string> = {}): Promise<object> {
  const program = `const { argon2Build, verify } = await import(${JSON.stringify(join(home, 'dist/passwords/argon2.js'))})
    const isRight = await verify(${JSON.stringify(KNOWN)}, ${JSON.stringify(PASSWORD)})
    console.log(JSON.stringify({ ...argon2Build, isRight, left: process.env.ARGON2_PREBUILD }))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    env: { PATH: process.env.PATH, ...environment }
  })
  return JSON.parse(stdout)
}

function rewrite (directory: string, change: (manifest: { argon2: string, flags: string[] }) => object): void {
  const path = join(directory, 'build.json')
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))))
}

function ownFlags (): string[] {
  return /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? []
}

function reasonToSkip (): string | false {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync('/proc/cpuinfo')) return 'it is for Linux on x86-64'
  try {
    for (const program of ['gcc', 'g++']) execFileSync(program, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'there is no gcc and g++ on this machine'
  }
}
