// llms.txt (llmstxt.org): what there is to read, for programs; llms-full.txt: all of it in one file.
import { listSections } from './sidebar.js'

/** These are long, and about the project itself. */
const LEFT_OUT = new Set(['requirements', 'bench/results', 'changelog'])

/**
 * @param {string} index docs/README.md
 * @param {import('./documents.js').Links} links
 * @param {Map<string, string>} written the Markdown of each page
 * @returns {Record<string, string>} texts by name of the file
 */
export function describeForPrograms (index, links, written) {
  const [, summary = ''] = /^# .+\n\n([^]+?)\n\n/.exec(index) ?? []
  const sections = listSections(index).map(({ title, entries }) => {
    const lines = entries.map((entry) => `- [${entry.title}](${links.find(entry.path)}.md${entry.anchor}): ${entry.description}`)
    return `## ${title}\n\n${lines.join('\n')}`
  })
  const pages = listSections(index).flatMap(({ entries }) => entries.map(({ path }) => links.find(path)))
  const texts = [...new Set(pages)].filter((page) => !LEFT_OUT.has(page)).map((page) => `<!-- ${page}.md -->\n\n${written.get(page)}`)
  return {
    'llms.txt': ['# gatepass', `> ${summary.replaceAll('\n', ' ')}`, ...sections].join('\n\n') + '\n',
    'llms-full.txt': texts.join('\n\n') + '\n'
  }
}
