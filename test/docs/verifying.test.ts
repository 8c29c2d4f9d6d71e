// docs/verifying.md shows, of every other verifier, the code that `npm run verifiers` runs, and what it found.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { listShown } from '../../scripts/shown.js'
import { VERIFIERS } from '../../verifiers/list.js'
import { listCodeBlocks } from '../support/documents.ts'
import { assertShown } from '../support/shown.ts'

const document = readFileSync('docs/verifying.md', 'utf8')
const [, section = ''] = /^## Other verifiers\n([^]*?)^## /m.exec(document) ?? []
const blocks = listCodeBlocks('\\w+', section)
const rows = new Map([...section.matchAll(/^\| (.+?) \| (yes|no) \| (.*?) ?\|$/gm)].map(([, title = '', ...cells]) => [title, cells]))

const MANIFESTS: Record<string, string[]> = {
  npm: ['npm/package.json'],
  go: ['go/go.mod'],
  java: ['java/libraries/pom.xml', 'java/spring-boot-3/pom.xml', 'java/spring-boot-4/pom.xml', 'java/quarkus-oidc/pom.xml'],
  python: ['python/requirements.txt'],
  rust: ['rust/Cargo.toml']
}

t.test('it shows the code that is run, and no other', async (t) => {
  const shown = listShown('verifiers', 'docs/verifying.md')
  t.ok(shown.length > 20, `${shown.length} files`)
  assertShown(t, blocks, shown)
})

t.test('its table names every verifier that is run, with what it lacks', async (t) => {
  const expected = Object.values(VERIFIERS).flat().map(({ title, eddsa = true, accepts = [] }) => {
    const lacks = accepts.map((kind) => kind === 'another type' ? 'type' : 'nbf').join(', ')
    return [title, [eddsa ? 'yes' : 'no', lacks]]
  })
  t.strictSame([...rows], expected)
})

t.test('every version in it is the one that is installed', async (t) => {
  for (const [group, files] of Object.entries(MANIFESTS)) {
    const manifest = files.map((file) => readFileSync(`verifiers/${file}`, 'utf8')).join('\n')
    for (const { title } of VERIFIERS[group] ?? []) {
      for (const [, version = ''] of title.matchAll(/ (\d[\d.]*)/g)) t.match(manifest, version, `${group}: ${title}`)
    }
  }
})

t.test('every verifier has a row among those that go on with a stolen key', async (t) => {
  const [, table = ''] = /^## A stolen key elsewhere\n([^]*)/m.exec(document) ?? []
  const names: Record<string, string> = {
    'Spring Boot': 'Spring Boot', 'nimbus-jose-jwt': 'Nimbus', djangorestframework_simplejwt: 'SimpleJWT', jsonwebtoken: 'jsonwebtoken'
  }
  for (const { title } of Object.values(VERIFIERS).flat()) {
    const [, name = ''] = /^(.+?) \d/.exec(title) ?? []
    t.match(table, new RegExp(`^\\| [^|]*${names[name] ?? name}`, 'm'), title)
  }
})

t.test('the Worker in it is the one of the examples, which is run', async (t) => {
  const block = listCodeBlocks('js', document).find((code) => code.includes("'gatepass-verify/web'")) ?? ''
  // Their types are in comments, since they are checked here without a bundler.
  const example = readFileSync('examples/frameworks/worker.js', 'utf8').replace(/^ *\/\*\*[^]*?\*\/\n/gm, '').replace(/^\/\/.*\n/, '')
  t.equal(example.replace('gatepass/verify/web', 'gatepass-verify/web'), block)
})
