// Writes the Markdown that the generator reads: the documents, with links that fit the site, and pages made from the OpenAPI document,
// from the catalogue of errors, and from the files that the documents refer to.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { listDocuments, Links, readText } from './documents.js'
import { describeForPrograms } from './llms.js'
import { writeProblemPages } from './problems.js'
import { writeReferencePages } from './reference.js'
import { toSidebar } from './sidebar.js'
import { writeSourcePages } from './source-files.js'

const target = new URL('dist/', import.meta.url).pathname
const pages = join(target, 'pages')

/**
 * @callback Write
 * @param {string} page path in the site, without its extension
 * @param {string} text Markdown
 */

export function writePages () {
  rmSync(target, { recursive: true, force: true })
  const documents = listDocuments()
  const links = new Links(documents)
  const openapi = parse(readText('openapi.yaml'))
  /** @type {Map<string, string>} */
  const written = new Map()
  /** @type {Write} */
  const write = (page, text) => {
    writeText(`${page}.md`, text)
    written.set(page, text)
  }

  for (const [file, page] of documents) write(page, links.rewrite(readText(file), file, page))
  writeReferencePages(openapi, write)
  writeProblemPages(openapi, write)
  writeSourcePages(links, write)
  for (const [file, image] of links.images) copy(file, image)
  copy('openapi.yaml', 'openapi.yaml')

  const sections = toSidebar(readText('docs/README.md'), links, openapi)
  const { version } = JSON.parse(readText('package.json'))
  writeFileSync(join(target, 'site.json'), JSON.stringify({ version, sections }, undefined, 2))
  for (const [name, text] of Object.entries(describeForPrograms(readText('docs/README.md'), links, written))) writeText(name, text)
}

/**
 * @param {string} name
 * @param {string} text
 */
function writeText (name, text) {
  const path = join(pages, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/**
 * @param {string} file of the project
 * @param {string} name in the site
 */
function copy (file, name) {
  mkdirSync(dirname(join(pages, name)), { recursive: true })
  cpSync(file, join(pages, name))
}
