// docs/clients.md shows, of every generator, the command and the code that `npm run openapi:clients` runs.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { GENERATORS } from '../../generators/list.js'
import { listShown } from '../../scripts/shown.js'
import { listCodeBlocks } from '../support/documents.ts'
import { assertShown } from '../support/shown.ts'

const LANGUAGES = ['ts', 'python', 'go', 'java', 'kotlin', 'rust']
const MANIFESTS = ['npm/package.json', 'python/requirements.txt', 'list.js']

const document = readFileSync('docs/clients.md', 'utf8')

t.test('it shows the code that is run, and no other', async (t) => {
  const shown = listShown('generators', 'docs/clients.md')
  t.equal(shown.length, Object.keys(GENERATORS).length + 2, 'a program each, and two files more for orval')
  assertShown(t, LANGUAGES.flatMap((language) => listCodeBlocks(language, document)).map((block) => block.trim()), shown)
})

t.test('it shows the command of every generator, and no other', async (t) => {
  const commands = listCodeBlocks('sh', document).map((block) => block.trim().replace(/ \\\n +/g, ' '))
  t.strictSame(commands, Object.values(GENERATORS).map(({ generate }) => generate))
})

t.test('its table names every generator that is run, and those that are not', async (t) => {
  const rows = [...document.matchAll(/^\| (.+? \d+\.\d+\.\d+.*?) \| (.+?) \|/gm)].map(([, title = '', dates = '']) => [title, dates])
  const [missing, ...others] = rows.reverse()
  t.match(missing, ['openapi-generator 7.25.0 swift6, dart', 'not run here'])
  t.strictSame(others.reverse().map(([title]) => title), Object.values(GENERATORS).map(({ title }) => title))
})

t.test('every version in it is the one that is installed', async (t) => {
  const manifests = MANIFESTS.map((file) => readFileSync(`generators/${file}`, 'utf8')).join('\n')
  for (const { title } of Object.values(GENERATORS)) {
    for (const [, version = ''] of title.matchAll(/ (\d[\d.]*)/g)) t.match(manifests, version, title)
  }
})
