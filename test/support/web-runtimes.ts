// Runtimes that have the Fetch API and no node:http, from npm: each serves examples/frameworks/worker.js, bundled.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { installCached } from '../../scripts/npm-cache.js'
import { until } from './until.ts'

type Settings = Readonly<Record<'ISSUER' | 'FEED_TOKEN', string>>

const WORKER = resolve('examples/frameworks/worker.js')

/** @returns those that run; a runtime that npm cannot install here is left out, with a sentence */
export async function startWorkers (t: Test, settings: Settings): Promise<Array<{ name: string, address: string }>> {
  const runtimes = [
    { name: 'workerd', directory: findPackage('@cloudflare/workerd-linux-64', '1.20261117.1'), start: startWorkerd },
    { name: 'edge-runtime', directory: findPackage('edge-runtime', '4.0.1'), start: startEdgeRuntime }
  ]
  const started = runtimes.map(async ({ name, directory, start }) => {
    if (directory === undefined) {
      t.comment(`${name} cannot be installed from npm here`)
      return []
    }
    const [folder, port] = [await mkdtemp(join(tmpdir(), `gatepass-${name}-`)), await freePort()]
    t.teardown(() => rm(folder, { recursive: true }))
    await start(t, { folder, directory, port, settings })
    return [{ name, address: `http://127.0.0.1:${port}` }]
  })
  return (await Promise.all(started)).flat()
}

interface Start {
  folder: string
  directory: string
  port: number
  settings: Settings
}

async function startWorkerd (t: Test, { folder, directory, port, settings }: Start): Promise<void> {
  await bundle({ entryPoints: [WORKER] }, join(folder, 'worker.mjs'))
  const bindings = Object.entries(settings).map(([name, text]) => `(name = "${name}", text = "${text}")`).join(', ')
  await writeFile(join(folder, 'config.capnp'), `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [ (name = "main", worker = .worker), (name = "internet", network = (allow = ["local", "private"])) ],
      sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "main") ],
    );
    const worker :Workerd.Worker = (
      modules = [ (name = "worker.mjs", esModule = embed "worker.mjs") ],
      bindings = [ ${bindings} ],
      compatibilityDate = "2025-01-01",
    );
  `)
  const child = spawn(join(directory, 'bin/workerd'), ['serve', join(folder, 'config.capnp')])
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text) => { output += text })
  t.teardown(() => { child.kill('SIGKILL') })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(output)
    return await fetch(`http://127.0.0.1:${port}`).then(() => true, () => false)
  })
}

async function startEdgeRuntime (t: Test, { folder, directory, port, settings }: Start): Promise<void> {
  const file = join(folder, 'edge.js')
  const contents = `import worker from '${WORKER}'
    addEventListener('fetch', (event) => event.respondWith(worker.fetch(event.request, ${JSON.stringify(settings)})))`
  await bundle({ stdin: { contents, resolveDir: '.' }, format: 'iife' }, file)
  const { EdgeRuntime, runServer } = createRequire(import.meta.url)(directory)
  const server = await runServer({ runtime: new EdgeRuntime({ initialCode: await readFile(file, 'utf8') }), host: '127.0.0.1', port })
  t.teardown(() => server.close())
}

/** Fails for an import of a module of Node: there is none. */
async function bundle (options: Parameters<typeof build>[0], outfile: string): Promise<void> {
  await build({
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    alias: { 'gatepass/verify/web': resolve('dist/verify/web/index.js') },
    outfile,
    ...options
  })
}

function findPackage (name: string, version: string): string | undefined {
  try {
    return installCached(name, version)
  } catch {
    return undefined
  }
}
