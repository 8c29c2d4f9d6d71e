// The sidebar is the list of documents in docs/README.md: there is one list to keep.
import { posix } from 'node:path'
import { listReferencePages } from './reference.js'

const SECTION = /^## (.+)\n([^]*?)(?=^## |(?![^]))/gm
const ENTRY = /^- \[([^\]]+)\]\(([^)#]+)(#[^)]+)?\)(?:: (.+))?$/gm

/**
 * @typedef {object} Entry
 * @property {string} title
 * @property {string} path of the document, in the project
 * @property {string} anchor of a heading in it, with its #; may be empty
 * @property {string} description
 */

/**
 * @param {string} index docs/README.md
 * @returns {{ title: string, entries: Entry[] }[]}
 */
export function listSections (index) {
  return [...index.matchAll(SECTION)].map(([, title = '', text = '']) => ({
    title,
    entries: [...text.matchAll(ENTRY)].map(([, name = '', path = '', anchor = '', description = '']) => ({
      title: name, path: posix.join('docs', path), anchor, description
    }))
  }))
}

/**
 * @param {string} index
 * @param {import('./documents.js').Links} links
 * @param {import('./reference.js').OpenApi} openapi
 */
export function toSidebar (index, links, openapi) {
  return listSections(index).map(({ title, entries }) => ({
    text: title,
    collapsed: false,
    items: entries.map((entry) => {
      const page = links.find(entry.path)
      const item = { text: entry.title, link: `${toLink(page)}${entry.anchor}` }
      if (entry.path !== 'openapi.yaml') return item
      return { ...item, collapsed: true, items: listReferencePages(openapi).map(([text, path]) => ({ text, link: toLink(path) })) }
    })
  }))
}

/** @param {string} page */
function toLink (page) {
  return `/${page.replace(/(^|\/)index$/, '$1')}`
}
