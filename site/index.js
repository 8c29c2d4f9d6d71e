// `npm run docs`: the documents as a static site in site/dist/html. Installs site/package.json where it is missing.
// Parameters are VitePress's own: `npm run docs -- --base /gatepass/`; `npm run docs -- preview` serves what was built.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ROOT, runNode } from '../scripts/run.js'
import { writePages } from './pages.js'

const here = fileURLToPath(new URL('.', import.meta.url))
process.chdir(ROOT)

const [command = '', ...others] = process.argv.slice(2)
const isPreview = command === 'preview'

if (!isInstalled()) install()
if (!isPreview) writePages()
process.exitCode = await runNode([
  'site/node_modules/vitepress/bin/vitepress.js', isPreview ? 'preview' : 'build', 'site', ...isPreview ? others : process.argv.slice(2)
])
if (!isPreview && process.exitCode === 0) {
  // The Markdown of each page beside its HTML, for programs that read llms.txt.
  cpSync(new URL('dist/pages', import.meta.url), new URL('dist/html', import.meta.url), { recursive: true })
  console.log('The site is in site/dist/html: any web server can serve it. "npm run docs -- preview" does.')
}

/** Whether the generator is there, in the version that site/package.json asks for. */
function isInstalled () {
  const manifest = new URL('node_modules/vitepress/package.json', import.meta.url)
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === dependencies.vitepress
}

function install () {
  console.error('Installing the generator of the site: npm ci --prefix site')
  try {
    // No package of it needs its install scripts.
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', here], { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch {
    console.error('The generator of the site cannot be installed: run "npm ci --prefix site" where the registry can be reached.')
    process.exit(1)
  }
}
