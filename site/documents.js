// Which documents are pages of the site, and where their links lead there. Paths are relative to the root of the project.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { posix } from 'node:path'

/** What a document refers to, and what the site has instead. */
const INSTEAD = new Map([['openapi.yaml', 'reference/index'], ['src/errors.ts', 'problems/index']])

const IMAGE = /\.(png|svg)$/
/** Code, which stays as it is; or the target of a link or an image. */
const CODE_OR_TARGET = /^```[^]*?^```$|`[^`\n]*`|\]\(([^)\s]+)\)|src="([^"]+)"/gm
const EXTERNAL = /^(https?:|mailto:)/

/**
 * @param {string} file relative to the project
 * @returns {string}
 */
export function readText (file) {
  return readFileSync(file, 'utf8')
}

/** @returns {Map<string, string>} path of each document to the path of its page, without an extension */
export function listDocuments () {
  const documents = new Map([['docs/README.md', 'index'], ['bench/results.md', 'bench/results']])
  for (const name of listMarkdown('docs')) if (name !== 'README.md') documents.set(`docs/${name}`, name.slice(0, -3))
  for (const name of listMarkdown('.')) documents.set(name, name.slice(0, -3).toLowerCase())
  for (const name of readdirSync('examples')) {
    if (existsSync(`examples/${name}/README.md`)) documents.set(`examples/${name}/README.md`, `examples/${name}`)
  }
  return documents
}

/**
 * @param {string} folder
 * @returns {string[]} of docs also those in its folders
 */
function listMarkdown (folder) {
  const names = readdirSync(folder, { recursive: folder !== '.', encoding: 'utf8' })
  return names.map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.md')).sort()
}

/** The links of documents, as links of pages. It collects the files and the images that they lead to. */
export class Links {
  /** @type {Map<string, string>} */
  #documents
  /** Files and folders of the project, to the pages that show them. @type {Map<string, string>} */
  sources = new Map()
  /** Images, to their paths in the site. @type {Map<string, string>} */
  images = new Map()

  /** @param {Map<string, string>} documents */
  constructor (documents) {
    this.#documents = documents
  }

  /**
   * @param {string} text of a document
   * @param {string} file its path in the project
   * @param {string} page its path in the site
   */
  rewrite (text, file, page) {
    return text.replace(CODE_OR_TARGET, (whole, link, source) => {
      const found = link ?? source
      if (found === undefined || found.startsWith('#') || EXTERNAL.test(found)) return whole
      return whole.replace(found, this.#toRelative(found, file, page))
    })
  }

  /**
   * @param {string} path of a file or a folder of the project
   * @returns {string} the page, without an extension, or the image
   */
  find (path) {
    const document = this.#documents.get(path) ?? this.#documents.get(posix.join(path, 'README.md')) ?? INSTEAD.get(path)
    if (document !== undefined) return document
    if (!existsSync(path)) throw new Error(`there is no ${path}, to which a document refers`)
    if (IMAGE.test(path)) return remember(this.images, path, `images/${path}`)
    const isFolder = statSync(path).isDirectory()
    // A dot would begin an extension, which the generator has rules for.
    return remember(this.sources, path, `files/${path.replace(/^\./, '').replaceAll('.', '-')}${isFolder ? '/index' : ''}`)
  }

  /**
   * @param {string} link
   * @param {string} file
   * @param {string} page
   */
  #toRelative (link, file, page) {
    const [path = '', anchor] = link.split('#')
    const target = this.find(posix.join(posix.dirname(file), path).replace(/\/$/, ''))
    const relative = toRelative(page, IMAGE.test(target) ? target : `${target}.md`)
    return anchor === undefined ? relative : `${relative}#${anchor}`
  }
}

/**
 * @param {string} page that has the link
 * @param {string} target path in the site
 */
export function toRelative (page, target) {
  const relative = posix.relative(posix.dirname(page), target)
  return relative.startsWith('.') ? relative : `./${relative}`
}

/**
 * @param {Map<string, string>} map
 * @param {string} key
 * @param {string} value
 */
function remember (map, key, value) {
  map.set(key, value)
  return value
}
