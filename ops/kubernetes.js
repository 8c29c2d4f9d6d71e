// `npm run ops -- kubernetes`: the manifests in deploy/kubernetes against the schemas and types of Kubernetes' objects; without --quick as
// kustomize renders them.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { ROOT } from '../scripts/run.js'
import { installFromNpm, installGroup, runTool } from '../scripts/toolchains.js'
import { MissingToolError } from './report.js'

const MANIFESTS = join(ROOT, 'deploy/kubernetes')
const NPM = join(ROOT, 'ops/npm')
const KUSTOMIZE = join(ROOT, 'ops/kustomize')
const requireModel = createRequire(join(NPM, 'package.json'))
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** @typedef {{ apiVersion: string, kind: string, metadata: { name: string }, data?: Record<string, string> }} Manifest */

/** @param {{ quick: boolean, report: import('./report.js').Report }} options */
export async function run ({ quick, report }) {
  const problem = installGroup('kubernetes-models', { tool: ['npm', '--version'], install: () => installFromNpm(NPM) })
  if (problem !== undefined) throw new MissingToolError(problem.replace(/^.*because |\.$/g, ''))
  const manifests = readManifests()
  checkManifests(manifests, report)
  if (quick) return
  const build = () => runTool('go', ['build', '-o', 'kustomize', '.'], KUSTOMIZE)
  const missing = installGroup('kustomize', { tool: ['go', 'version'], install: build })
  if (missing !== undefined) return console.log(missing)
  const rendered = render()
  // Those, with a ConfigMap and three Secrets.
  report.check(rendered.length === manifests.length + 4, `kustomize renders ${rendered.length} objects of ${manifests.length} manifests.`)
  checkManifests(rendered, report)
}

/** @returns {Manifest[]} of the files that kustomization.yaml names */
function readManifests () {
  /** @type {{ resources: string[] }} */
  const { resources } = parse(readFileSync(join(MANIFESTS, 'kustomization.yaml'), 'utf8'))
  return resources.flatMap((file) => toManifests(readFileSync(join(MANIFESTS, file), 'utf8')))
}

/** @returns {Manifest[]} */
function render () {
  const directory = mkdtempSync(join(tmpdir(), 'gatepass-kubernetes-'))
  try {
    cpSync(MANIFESTS, directory, { recursive: true })
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.example.env'))) {
      cpSync(join(directory, name), join(directory, name.replace('.example', '')))
    }
    const text = execFileSync(join(KUSTOMIZE, 'kustomize'), [directory], { encoding: 'utf8' })
    // It breaks the lines of base64, which Kubernetes allows and the schema does not.
    return toManifests(text).map((manifest) => manifest.kind === 'Secret' ? { ...manifest, data: joinLines(manifest.data) } : manifest)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** @param {Record<string, string>} data */
function joinLines (data = {}) {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, value.replaceAll('\n', '')]))
}

/**
 * @param {string} text
 * @returns {Manifest[]}
 */
function toManifests (text) {
  return parseAllDocuments(text).map((document) => document.toJS({ merge: true }))
}

/**
 * @param {Manifest[]} manifests
 * @param {import('./report.js').Report} report
 */
function checkManifests (manifests, report) {
  const misspelt = findTypeErrors(manifests)
  report.check(misspelt === '', `Kubernetes' types know every member of ${manifests.length} objects. ${misspelt}`)
  for (const manifest of manifests) {
    const problem = findProblem(manifest)
    report.check(problem === '', `${manifest.kind} ${manifest.metadata.name} fits the schema of ${manifest.apiVersion}. ${problem}`)
  }
}

/**
 * @param {Manifest} manifest
 * @returns {string} what its values lack, or nothing; its schema allows unknown members
 */
function findProblem (manifest) {
  const { [manifest.kind]: Model } = requireModel(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`)
  try {
    new Model(manifest).validate()
    return ''
  } catch (error) {
    return String(error)
  }
}

/**
 * Compiles them as object literals, which may have known members only.
 *
 * @param {Manifest[]} manifests
 * @returns {string} what the compiler says
 */
function findTypeErrors (manifests) {
  const directory = mkdtempSync(join(NPM, 'node_modules/manifests-'))
  try {
    const lines = manifests.map((manifest, index) => {
      const type = `import('kubernetes-models/${manifest.apiVersion}/${manifest.kind}').I${manifest.kind}`
      return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)}`
    })
    writeFileSync(join(directory, 'manifests.ts'), lines.join('\n'))
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck']
    execFileSync(process.execPath, [TSC, ...flags, 'manifests.ts'], { cwd: directory, encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return String(/** @type {{ stdout?: string }} */ (error).stdout ?? error).replaceAll(basename(directory), '')
  } finally {
    rmSync(directory, { recursive: true })
  }
}
