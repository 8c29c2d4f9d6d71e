// The documents as a site: `npm run docs`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import t from 'tap'
import { listErrorCodes } from '../../src/http/error-codes.ts'
import { runScript } from '../support/process.ts'

const SITE = 'site/dist/html'

t.setTimeout(600_000)

t.test('docs/README.md, which is the sidebar of the site, names every document', async (t) => {
  const index = readFileSync('docs/README.md', 'utf8')
  const documents = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  for (const name of documents) if (name !== 'README.md') t.match(index, `](${name.replaceAll('\\', '/')})`)
})

const built = await runScript(['--import', './scripts/load-typescript.js', 'site/index.js'])
const obstacle = /^The generator of the site cannot be installed.*$/m.exec(built.output)?.[0] ?? false

t.test('the documents are built as a site', { skip: obstacle }, async (t) => {
  t.equal(built.code, 0, built.output)
  const files = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'))
  const pages = new Map(files.filter((name) => name.endsWith('.html')).map((name) => [name, readFileSync(join(SITE, name), 'utf8')]))

  await t.test('every link leads to a page that exists, and to a heading of it', async (t) => {
    const links = [...pages].flatMap(([page, html]) => listLinks(html).map((link) => ({ page, ...link })))
    t.ok(pages.size > 100 && links.length > 5_000, `${links.length} links of ${pages.size} pages`)
    t.strictSame(links.filter(({ page, path, anchor }) => {
      const target = posix.resolve('/', posix.dirname(page), path === '' ? posix.basename(page) : path).slice(1)
      const file = path.endsWith('/') ? posix.join(target, 'index.html') : target
      if (!existsSync(join(SITE, file))) return true
      const html = pages.get(file)
      return anchor !== undefined && html !== undefined && !html.includes(`id="${anchor}"`)
    }), [])
  })

  await t.test('the type of every problem is the path of a page about it', async (t) => {
    const codes = listErrorCodes()
    t.ok(codes.length > 25)
    for (const { code, advice } of codes) {
      t.match(pages.get(`problems/${code.replaceAll('_', '-')}/index.html`), '<h2 id="what-to-do"', `${code}: ${advice}`)
      t.match(pages.get('problems/index.html'), new RegExp(`>${code}</a>`), `${code} is in the index`)
    }
  })

  await t.test('the reference has every operation of the OpenAPI document', async (t) => {
    const ids = [...readFileSync('openapi.yaml', 'utf8').matchAll(/^ {6}operationId: (\w+)$/gm)].map(([, id]) => id)
    t.ok(ids.length >= 30)
    for (const id of ids) t.match(pages.get('reference/index.html'), new RegExp(`href="[^"]+#${id}"`), String(id))
  })

  await t.test('its search knows the documents, and not the files of the repository', async (t) => {
    const chunk = files.find((name) => /@localSearchIndexroot.*\.js$/.test(name)) ?? ''
    const index = readFileSync(join(SITE, chunk), 'utf8')
    t.match(index, 'runbook.html')
    t.match(index, 'problems/refresh-retry/')
    t.notMatch(index, 'files/deploy')
  })

  await t.test('llms.txt leads to the Markdown of the pages, and llms-full.txt has it', async (t) => {
    const text = readFileSync(join(SITE, 'llms.txt'), 'utf8')
    const names = [...text.matchAll(/^- \[[^\]]+\]\(([^)#]+)[^)]*\): /gm)].map(([, name = '']) => name)
    t.ok(names.length > 20 && text.startsWith('# gatepass\n\n> '))
    for (const name of names) t.ok(existsSync(join(SITE, name)), name)
    t.match(readFileSync(join(SITE, 'llms-full.txt'), 'utf8'), 'Verifying without Fastify')
  })
})

/** The links of a page that stay in the site. */
function listLinks (html: string): Array<{ path: string, anchor: string | undefined }> {
  const found = [...html.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'))
  return found.filter((link) => !/^(https?:|mailto:|data:)/.test(link)).map((link) => {
    const [path = '', anchor] = link.split('#')
    return { path: decodeURIComponent(path), anchor: anchor === undefined ? undefined : decodeURIComponent(anchor) }
  })
}
