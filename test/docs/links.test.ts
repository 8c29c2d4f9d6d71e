// Documents refer to files and headings that exist, and keep to their size.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'

const DOCUMENTS = [
  ...readdirSync('.').filter((file) => file.endsWith('.md')),
  ...['docs', 'docs/frameworks', 'bench'].flatMap((folder) => {
    return readdirSync(folder).filter((file) => file.endsWith('.md')).map((file) => join(folder, file))
  }),
  ...readdirSync('examples').map((folder) => join('examples', folder, 'README.md')).filter((file) => existsSync(file))
]

const LINK = /(?:\]\(|src=")(?!https?:|mailto:)([^)#"\s]*)(?:#([^)"\s]+))?[)"]/g
const PATH = /`((?:src|test|docs|bench|client|chaos|scripts|examples|migrations)\/[\w./-]*)`/g
const ELSEWHERE = /\b(REQUIREMENTS|CONTRACT|DESIGN|TOOLCHAIN|STYLE|WORDS)\b|\/work\/|\/home\//

/** Documents about what `gatepass init` writes. */
const IN_TEMPLATE = new Set(['docs/first-hour.md'])

/** In bytes. */
const LIMITS: Readonly<Record<string, number>> = { 'README.md': 7_168, 'SECURITY.md': 3_072, 'ARCHITECTURE.md': 16_384 }

t.test('every link leads to a file that exists, and to a heading of it', async (t) => {
  t.ok(DOCUMENTS.length >= 12)
  const links = DOCUMENTS.flatMap((document) => [...readProse(document).matchAll(LINK)].map(([, path = '', anchor]) => ({
    document, path, anchor
  })))
  t.ok(links.length >= 50, `${links.length} links`)
  t.strictSame(links.filter(({ document, path, anchor }) => {
    const target = path === '' ? document : join(dirname(document), path)
    return !existsSync(target) || (anchor !== undefined && target.endsWith('.md') && !readAnchors(target).includes(anchor))
  }), [])
})

t.test('every file that is named exists', async (t) => {
  // A framework's page names the files of an app, as its test compares.
  const documents = DOCUMENTS.filter((file) => !file.startsWith('bench') && !file.startsWith('docs/frameworks/'))
  const named = documents.flatMap((document) => [...readProse(document).matchAll(PATH)].map(([, path = '']) => ({ document, path })))
  t.ok(named.length >= 50, `${named.length} paths`)
  t.strictSame(named.filter(({ path }) => !path.includes('NAME') && !existsSync(path)), [])
})

t.test('every npm script that is named exists', async (t) => {
  for (const document of DOCUMENTS) {
    const { scripts } = JSON.parse(readFileSync(IN_TEMPLATE.has(document) ? 'templates/api/package.json' : 'package.json', 'utf8'))
    const named = readFileSync(document, 'utf8').matchAll(/npm run ([\w:-]+)/g)
    for (const [, name = ''] of named) t.type(scripts[name], 'string', `${document}: npm run ${name}`)
  }
})

t.test('the glossary has at most thirty words', async (t) => {
  const [, glossary = ''] = /^## Glossary\n([^]*?)^## /m.exec(readFileSync('ARCHITECTURE.md', 'utf8')) ?? []
  const words = [...glossary.matchAll(/^\| ([^|]+) \|/gm)].slice(1)
  t.ok(words.length > 20 && words.length <= 30, String(words.length))
})

t.test('every dependency has its reason in ARCHITECTURE.md', async (t) => {
  const [, table = ''] = /^## Dependencies\n([^]*)/m.exec(readFileSync('ARCHITECTURE.md', 'utf8')) ?? []
  const named = [...table.matchAll(/^\| ([^|]+) \|/gm)].slice(1).flatMap(([, cell = '']) => cell.split(', '))
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.strictSame(named.filter((name) => !name.endsWith('(development)')).sort(), Object.keys(dependencies).sort())
})

t.test('nothing refers to what is not in the repository', async (t) => {
  for (const document of DOCUMENTS) t.notMatch(readFileSync(document, 'utf8'), ELSEWHERE, document)
})

t.test('documents that are read first are short', async (t) => {
  for (const [document, limit] of Object.entries(LIMITS)) {
    const { length } = readFileSync(document)
    t.ok(length <= limit, `${document} has ${length} bytes, at most ${limit}`)
  }
})

function readProse (document: string): string {
  return readFileSync(document, 'utf8').replace(/^```[^]*?^```$/gm, '')
}

/** As GitHub makes them from headings. */
function readAnchors (document: string): string[] {
  const headings = readProse(document).matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}
