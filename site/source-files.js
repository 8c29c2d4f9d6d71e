// A page for each file and each folder of the project that a document refers to, so that the site needs no other server.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { extname, join, posix } from 'node:path'
import { readText, toRelative } from './documents.js'

/** In bytes: longer ones are not read by people. */
const MAX_LENGTH = 64 * 1024

/** Of these only the names are shown: the documents show the code. */
const SHOWN_ELSEWHERE = new Set(['verifiers', 'generators'])

/** What a list of files leaves out. */
const UNREAD = /(^|\/)\.[^/]+$|(-lock\.json|\.lock|\.sum|\.png|\.svg|\.jar)$/

/** By extension or by name, where the highlighter has another name than the extension. */
const LANGUAGES = new Map([
  ['.cfg', 'ini'], ['.conf', 'nginx'], ['.service', 'ini'], ['.timer', 'ini'], ['.example', 'ini'], ['Dockerfile', 'docker']
])
const HIGHLIGHTED = new Set(['.js', '.ts', '.tsx', '.json', '.yaml', '.yml', '.sql', '.lua', '.html', '.css', '.toml', '.sh', '.ini'])

/**
 * @param {import('./documents.js').Links} links
 * @param {import('./pages.js').Write} write
 */
export function writeSourcePages (links, write) {
  // A page of a folder leads to its files.
  for (const path of new Map(links.sources).keys()) {
    if (statSync(path).isDirectory() && !SHOWN_ELSEWHERE.has(path)) for (const file of listFiles(path)) links.find(file)
  }
  for (const [path, page] of links.sources) {
    write(page, statSync(path).isDirectory() ? describeFolder(path, page, links) : describeFile(path))
  }
}

/**
 * @param {string} folder
 * @returns {string[]} the files of the repository in it that are worth reading
 */
function listFiles (folder) {
  const files = listCommitted(folder) ?? listAll(folder)
  return files.filter((file) => existsSync(file) && !UNREAD.test(file) && statSync(file).size <= MAX_LENGTH)
}

/**
 * @param {string} folder
 * @returns {string[] | undefined} also what is about to be committed; undefined where there is no repository
 */
function listCommitted (folder) {
  try {
    const parameters = ['ls-files', '--cached', '--others', '--exclude-standard', '--', folder]
    return execFileSync('git', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')
  } catch {
    return undefined
  }
}

/** @param {string} folder */
function listAll (folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
}

/**
 * @param {string} folder
 * @param {string} page
 * @param {import('./documents.js').Links} links
 */
function describeFolder (folder, page, links) {
  const items = listFiles(folder).map((file) => {
    const name = posix.relative(folder, file)
    return SHOWN_ELSEWHERE.has(folder) ? `- ${name}` : `- [${name}](${toRelative(page, `${links.find(file)}.md`)})`
  })
  return `${FRONT_MATTER}# ${folder}/\n\nFiles of the repository:\n\n${items.join('\n')}\n`
}

/** The files are not searched: the documents are. */
const FRONT_MATTER = '---\nsearch: false\noutline: false\n---\n\n'

/** @param {string} file */
function describeFile (file) {
  const extension = extname(file)
  const name = posix.basename(file)
  const language = LANGUAGES.get(name) ?? LANGUAGES.get(extension) ?? (HIGHLIGHTED.has(extension) ? extension.slice(1) : 'text')
  const text = readText(file)
  // A file may have fences of its own.
  const longest = Math.max(3, ...[...text.matchAll(/`{3,}/g)].map(([fence]) => fence.length + 1))
  const fence = '`'.repeat(longest)
  return `${FRONT_MATTER}# ${file}\n\n${fence}${language}\n${text.trimEnd()}\n${fence}\n`
}
