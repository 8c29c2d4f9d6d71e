// The arrows between the parts of the service, walked along its imports; those of types count.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SRC = join(ROOT, 'src')

/** What each part may import of ours. A part is a folder of src, a module, or a file that stands alone. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  schemas: ['contract'],
  'public-error': ['contract'],
  errors: ['public-error'],
  'network-prefix': [],
  package: [],
  wakeup: [],
  database: ['package'],
  secrets: [],
  verify: ['contract', 'errors'],
  edge: ['verify'],
  http: ['contract', 'errors', 'network-prefix', 'package', 'schemas'],
  audit: ['database'],
  passwords: ['database', 'errors', 'network-prefix', 'package'],
  throttle: ['database', 'errors', 'mail', 'network-prefix', 'secrets'],
  accounts: ['audit', 'contract', 'database', 'errors', 'passwords', 'schemas'],
  languages: [],
  mail: ['accounts', 'audit', 'database', 'errors', 'languages', 'wakeup'],
  pages: ['http', 'languages'],
  proofs: [
    'accounts', 'audit', 'database', 'errors', 'http', 'mail', 'passwords', 'schemas', 'secrets', 'sessions', 'throttle'
  ],
  keys: ['audit', 'contract', 'database', 'errors', 'schemas', 'secrets'],
  revocations: ['contract', 'database', 'wakeup'],
  feed: ['contract', 'errors', 'http', 'revocations', 'schemas'],
  sessions: [
    'accounts', 'audit', 'contract', 'database', 'errors', 'http', 'keys', 'mail', 'network-prefix', 'passwords', 'revocations',
    'schemas', 'secrets', 'throttle'
  ],
  factors: ['accounts', 'audit', 'database', 'errors', 'mail', 'secrets', 'sessions', 'throttle'],
  passkeys: [
    'accounts', 'audit', 'database', 'errors', 'http', 'mail', 'network-prefix', 'schemas', 'secrets', 'sessions'
  ],
  administration: ['accounts', 'audit', 'contract', 'database', 'errors', 'mail', 'passwords', 'revocations', 'sessions', 'throttle'],
  // Any of them, and never each other.
  'modules/*': [
    'accounts', 'administration', 'audit', 'edge', 'errors', 'factors', 'http', 'keys', 'mail', 'passkeys', 'proofs', 'schemas', 'sessions'
  ],
  config: ['contract'],
  'session-verifier': ['contract', 'edge', 'sessions'],
  'json-file': ['config', 'http'],
  language: ['config', 'json-file', 'languages'],
  'mail-sender': ['config', 'dependencies', 'mail', 'proofs'],
  roles: ['accounts', 'config', 'contract', 'dependencies', 'json-file', 'verify'],
  'team-modules': ['config', 'contract', 'database', 'http', 'verify'],
  dependencies: [
    'config', 'database', 'keys', 'language', 'languages', 'mail', 'package', 'passwords', 'revocations', 'secrets', 'team-modules'
  ],
  maintenance: ['audit', 'config', 'database', 'factors', 'mail', 'sessions', 'throttle'],
  startup: ['accounts', 'config', 'dependencies', 'errors', 'package'],
  app: [
    'administration', 'config', 'database', 'dependencies', 'edge', 'errors', 'factors', 'feed', 'http', 'keys', 'mail', 'modules/*',
    'package', 'pages', 'passkeys', 'passwords', 'proofs', 'roles', 'session-verifier', 'sessions', 'team-modules'
  ],
  main: ['app', 'config', 'dependencies', 'http', 'mail-sender', 'maintenance', 'package', 'passwords', 'startup'],
  // The process; it alone may start the service.
  cli: [
    'accounts', 'administration', 'app', 'audit', 'config', 'contract', 'database', 'dependencies', 'errors', 'factors', 'http',
    'keys', 'language', 'mail', 'main', 'maintenance', 'package', 'passkeys', 'roles', 'secrets', 'sessions', 'startup', 'team-modules'
  ],
  testing: ['accounts', 'app', 'config', 'contract', 'database', 'dependencies', 'http', 'mail-sender', 'team-modules', 'verify'],
  index: ['app', 'cli', 'config', 'dependencies', 'errors', 'http', 'session-verifier', 'sessions', 'team-modules']
}

/** All that is installed with `gatepass/edge`, down to the last: Fastify and its own, and what verifies a signature. */
const EDGE_PACKAGES = [
  '@fastify/ajv-compiler', '@fastify/deepmerge', '@fastify/error', '@fastify/fast-json-stringify-compiler', '@fastify/forwarded',
  '@fastify/jwt', '@fastify/merge-json-schemas', '@fastify/proxy-addr', '@lukeed/ms', '@pinojs/redact', 'abstract-logging', 'ajv',
  'ajv-formats', 'asn1.js', 'atomic-sleep', 'avvio', 'bn.js', 'cookie', 'dequal', 'ecdsa-sig-formatter',
  'fast-decode-uri-component', 'fast-deep-equal', 'fast-json-stringify', 'fast-jwt', 'fast-querystring', 'fast-uri', 'fastfall',
  'fastify', 'fastify-plugin', 'fastparallel', 'fastq', 'fastseries', 'find-my-way', 'inherits', 'ipaddr.js', 'jose',
  'json-schema-ref-resolver', 'json-schema-traverse', 'light-my-request', 'minimalistic-assert', 'mnemonist', 'obliterator',
  'on-exit-leak-free', 'pino', 'pino-abstract-transport', 'pino-std-serializers', 'process-warning', 'quick-format-unescaped',
  'real-require', 'require-from-string', 'ret', 'reusify', 'rfdc', 'safe-buffer', 'safe-regex2', 'safe-stable-stringify',
  'safer-buffer', 'secure-json-parse', 'semver', 'set-cookie-parser', 'sonic-boom', 'split2', 'steed', 'thread-stream',
  'toad-cache', 'xtend'
]

/** What the edge consists of. */
const VERIFYING_PARTS = ['edge', 'verify', 'contract', 'errors', 'public-error']

/** Their exports are for other packages. */
const PACKAGE_DOORS = ['index.ts', 'testing.ts', 'edge/index.ts', 'verify/index.ts', 'verify/web/index.ts']

const NEVER_AT_THE_EDGE = ['@electric-sql/pglite', 'argon2', 'kysely', 'pg']

/** Where modules may come in by `store.ts`, too. */
const STORES = ['sessions', 'accounts', 'keys', 'audit']

interface Import {
  /** Paths in src, with slashes. */
  from: string
  to: string
}

const { ours, packages } = readImports()

t.test('every part is in the table, and what is in the table is there', async (t) => {
  t.strictSame([...new Set(listFiles().map(toPart))].sort(), Object.keys(ARROWS).sort())
})

t.test('a part imports what it may, and nothing else', async (t) => {
  t.ok(ours.length > 200, 'imports were found')
  const forbidden = ours.filter(({ from, to }) => toUnit(from) !== toUnit(to) && !ARROWS[toPart(from)]?.includes(toPart(to)))
  t.strictSame(forbidden.map(({ from, to }) => `${from} -> ${to}`), [])
})

t.test('every arrow of the table is an import', async (t) => {
  const imported = new Set(ours.map(({ from, to }) => `${toPart(from)} -> ${toPart(to)}`))
  const allowed = Object.entries(ARROWS).flatMap(([from, targets]) => targets.map((to) => `${from} -> ${to}`))
  t.strictSame(allowed.filter((arrow) => !imported.has(arrow)), [])
})

t.test('there is no circle of parts', async (t) => {
  t.strictSame(findCircles(new Map(Object.entries(ARROWS))), [])
})

t.test('there is no circle of files, type imports included', async (t) => {
  const targets = new Map(listFiles().map((file) => [file, ours.filter(({ from }) => from === file).map(({ to }) => to)]))
  t.strictSame(findCircles(targets), [])
  t.strictSame(findCircles(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b -> c -> b'], 'a circle is found')
})

t.test('a folder is entered by its door', async (t) => {
  const past = ours.filter(({ from, to }) => toUnit(from) !== toUnit(to) && to.includes('/') && !isDoor(from, to))
  t.strictSame(past.map(({ from, to }) => `${from} -> ${to}`), [])
})

t.test('nothing imports the process but the command that starts it', async (t) => {
  t.strictSame(ours.filter(({ to }) => to === 'main.ts').map(({ from }) => from), ['cli/command-line.ts'])
})

t.test('VF22: the edge comes with these packages, and with no database, no password hashing and no private key', async (t) => {
  const direct = [
    ...new Set(packages.filter(({ from }) => VERIFYING_PARTS.includes(toPart(from))).map(({ to }) => to))
  ]
  t.strictSame(direct.sort(), ['@fastify/jwt', 'fast-jwt', 'fastify', 'fastify-plugin', 'jose'])
  const all = [...collectInstalled(direct)].sort()
  t.strictSame(all, EDGE_PACKAGES)
  t.strictSame(all.filter((name) => NEVER_AT_THE_EDGE.includes(name)), [])
})

t.test('the contract and the verifying half load no framework', async (t) => {
  const loaded = packages.filter(({ from }) => ['contract', 'verify', 'errors', 'public-error'].includes(toPart(from))).map(({ to }) => to)
  t.strictSame([...new Set(loaded)].sort(), ['fast-jwt', 'jose'])
})

t.test('MF5: one statement begins sessions, and one file makes it', async (t) => {
  const isInserting = (file: string) => /insert into sessions\b|insertInto\('sessions'\)/.test(readFileSync(join(SRC, file), 'utf8'))
  const inserting = listFiles().filter(isInserting)
  t.strictSame(inserting, ['sessions/begin-session-sql.ts'])
  const importers = (file: string) => ours.filter(({ to }) => to === file).map(({ from }) => from)
  t.strictSame([...new Set(importers('sessions/begin-session-sql.ts'))].sort(), [
    'sessions/begin-session.ts', 'sessions/second-factor-store.ts'
  ])
})

t.test('what is exported is imported', async (t) => {
  const sources = [SRC, join(ROOT, 'test'), join(ROOT, 'bench'), join(ROOT, 'chaos'), join(ROOT, 'scripts')].flatMap(readSources)
  const dead = listFiles().filter((file) => !PACKAGE_DOORS.includes(file)).flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    const names = [
      ...text.matchAll(/^export (?:abstract )?(?:async )?(?:const|function\*?|class|interface|type) ([A-Za-z_]\w*)/gm)
    ].map(([, name = '']) => name)
    const others = sources.filter(({ path }) => path !== join(SRC, file))
    return names.filter((name) => !others.some(({ words }) => words.has(name))).map((name) => `${file}: ${name}`)
  })
  t.strictSame(dead, [])
})

t.test('argon2 has one importer', async (t) => {
  t.strictSame(packages.filter(({ to }) => to === 'argon2').map(({ from }) => from), ['passwords/argon2.ts'])
})

/** @returns each circle as text, from its first file to itself */
function findCircles (targets: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  function visit (node: string, path: readonly string[]): void {
    if (path.includes(node)) circles.push([...path.slice(path.indexOf(node)), node].join(' -> '))
    if (path.includes(node) || done.has(node)) return
    for (const target of targets.get(node) ?? []) visit(target, [...path, node])
    done.add(node)
  }
  for (const node of targets.keys()) visit(node, [])
  return circles
}

function readSources (folder: string): Array<{ path: string, words: Set<string> }> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.[jt]s$/.test(path) && !path.includes(
    'node_modules'
  ))
  return paths.map((path) => join(folder, path)).map((path) => ({
    path, words: new Set(readFileSync(path, 'utf8').match(/[A-Za-z_]\w*/g))
  }))
}

function listFiles (): string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => /(?<!\.d)\.ts$/.test(path))
  return files.map((path) => path.split(sep).join('/'))
}

function readImports (): { ours: Import[], packages: Import[] } {
  const imports = listFiles().flatMap((from) =>
    ts.preProcessFile(readFileSync(join(SRC, from), 'utf8')).importedFiles.map(({ fileName }) => ({ from, to: fileName })))
  return {
    ours: imports.filter(({ to }) => to.startsWith('.')).map(({ from, to }) => ({
      from, to: relative(SRC, resolve(SRC, dirname(from), to)).split(sep).join('/')
    })),
    packages: imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:')).map(({ from, to }) => ({
      from, to: toPackage(to)
    }))
  }
}

/** `@scope/name/deep` to `@scope/name`. */
function toPackage (specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The folder or module that a file belongs to, or the file itself. */
function toUnit (path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'modules' ? `modules/${second}` : first.replace(/\.ts$/, '')
}

/** As the table calls it. */
function toPart (path: string): string {
  return toUnit(path).replace(/^modules\/.*/, 'modules/*')
}

function isDoor (from: string, to: string): boolean {
  const file = to.slice(toUnit(to).length + 1)
  if (to === 'verify/internals.ts') return toUnit(from) === 'edge'
  return file === 'index.ts' || (file === 'store.ts' && toPart(from) === 'modules/*' && STORES.includes(toUnit(to)))
}

/** Names of what is installed for these packages: dependencies, optional ones and peers. */
function collectInstalled (names: readonly string[], from = ROOT, seen = new Map<string, string>()): Set<string> {
  for (const name of names) {
    const folder = findInstalled(name, from)
    if (folder === undefined || seen.has(folder)) continue
    seen.set(folder, name)
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    collectInstalled(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }), folder, seen)
  }
  return new Set(seen.values())
}

/** As Node looks for it: here, and then further up. */
function findInstalled (name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name)
  if (existsSync(join(folder, 'package.json'))) return folder
  return from === dirname(from) ? undefined : findInstalled(name, dirname(from))
}
