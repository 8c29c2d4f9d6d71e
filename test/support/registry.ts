// An npm registry on loopback. It has what a test publishes, and of other packages what package-lock.json names, so that npm finds them in
// its cache; for anything else it refers to the registry that npm is set up with.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import type { Test } from 'tap'

const run = promisify(execFile)

/** A package.json, with what a registry adds. */
interface Manifest {
  name: string
  version: string
  dist?: { tarball: string, integrity: string }
}

interface Published {
  manifest: Manifest
  content: Buffer
}

const locked = readLocked()

export class Registry {
  readonly url: string
  readonly #upstream: string
  readonly #published: Published[] = []

  private constructor (url: string, upstream: string) {
    this.url = url
    this.#upstream = upstream
  }

  static async start (t: Test): Promise<Registry> {
    const { stdout } = await run('npm', ['config', 'get', 'registry'])
    const server = createServer((request, response) => registry.#onRequest(request, response)).listen(0, '127.0.0.1')
    t.teardown(() => server.close())
    await once(server, 'listening')
    const registry = new Registry(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stdout.trim())
    return registry
  }

  /** @param tarball path */
  async publish (tarball: string): Promise<void> {
    const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json'])
    this.#published.push({ manifest: JSON.parse(stdout), content: await readFile(tarball) })
  }

  /** @returns whether the registry of others can be reached: what npm has not cached comes from there */
  async hasNetwork (): Promise<boolean> {
    return fetch(this.#upstream, { method: 'HEAD' }).then(() => true, () => false)
  }

  #onRequest ({ url = '/' }: IncomingMessage, response: ServerResponse): void {
    const [, name = '', file] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+))?$/.exec(decodeURIComponent(url)) ?? []
    const published = this.#published.filter(({ manifest }) => manifest.name === name)
    const content = published.find(({ manifest }) => file === toFile(manifest))?.content
    const manifests = [
      ...published.map(({ manifest, content }) => withIntegrity(manifest, content)), ...locked.filter((manifest) => manifest.name === name)
    ]
    if (content !== undefined) response.end(content)
    else if (file !== undefined || manifests.length === 0) {
      response.writeHead(302, { location: new URL(url.slice(1), this.#upstream).href }).end()
    } else {
      // npm would not ask again, with "--prefer-offline".
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(this.#toDocument(name, manifests)))
    }
  }

  #toDocument (name: string, manifests: readonly Manifest[]) {
    const versions = manifests.map((manifest) => ({
      ...manifest, dist: { ...manifest.dist, tarball: `${this.url}${name}/-/${toFile(manifest)}` }
    }))
    return {
      name,
      'dist-tags': { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(versions.map((manifest) => [manifest.version, manifest]))
    }
  }
}

function withIntegrity (manifest: Manifest, content: Buffer): Manifest {
  return { ...manifest, dist: { tarball: '', integrity: `sha512-${createHash('sha512').update(content).digest('base64')}` } }
}

function toFile ({ name, version }: Manifest): string {
  return `${name.replace(/^.*\//, '')}-${version}.tgz`
}

/** Without what `overrides` has put in place of the versions that are asked for: those are elsewhere. */
function readLocked (): Manifest[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const { overrides } = JSON.parse(readFileSync('package.json', 'utf8'))
  const replaced = new Set(Object.values<Record<string, string>>(overrides).flatMap((versions) => {
    return Object.keys(versions).filter((name) => !versions[name]?.startsWith('$'))
  }))
  const entries = Object.entries<{ name?: string, version: string, integrity: string }>(packages).filter(([path]) => path !== '')
  return entries.map(([path, locked]) => {
    // A package that is installed under another name has its own in the file.
    const { name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length) } = locked
    return { ...locked, name, dist: { tarball: '', integrity: locked.integrity } }
  }).filter(({ name }) => !replaced.has(name))
}
