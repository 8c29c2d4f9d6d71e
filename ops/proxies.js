// HAProxy, nginx and Caddy with a configuration of the repository, as it is but for ports and paths of this machine.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../scripts/run.js'

/** @typedef {keyof typeof PROGRAMS} Program */

const NGINX_DIRECTORIES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/**
 * How each is run in the foreground, with nothing outside its directory.
 *
 * @type {Record<'haproxy' | 'nginx' | 'caddy', {
 *   toParameters (file: string, directory: string): string[], adapt (text: string, directory: string): string
 * }>}
 */
const PROGRAMS = {
  haproxy: { toParameters: (file, directory) => ['-db', '-C', directory, '-f', file], adapt: (text) => text },
  nginx: {
    toParameters: (file, directory) => [
      '-c', join(directory, file), '-p', directory, '-e', 'stderr', '-g', `daemon off; pid ${directory}/nginx.pid;`
    ],
    adapt: (text, directory) => text.replace('http {', `http {
      access_log off;
      ${NGINX_DIRECTORIES.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(' ')}`)
  },
  caddy: {
    toParameters: (file, directory) => ['run', '--adapter', 'caddyfile', '--config', join(directory, file)],
    adapt: (text) => text
  }
}

/**
 * Starts a proxy and waits until it answers.
 *
 * @param {object} options
 * @param {Program} options.program
 * @param {string[]} options.files paths in the repository; the first is the configuration
 * @param {number} options.port where it listens, instead of 8080
 * @param {Record<string, number>} options.ports by the ports that the files name
 * @returns {Promise<{ address: string, stop (): Promise<void> }>}
 */
export async function startProxy ({ program, files, port, ports }) {
  const { toParameters, adapt } = PROGRAMS[program]
  const directory = await mkdtemp(join(tmpdir(), `gatepass-${program}-`))
  for (const file of files) {
    const text = await readFile(join(ROOT, file), 'utf8')
    const here = text.replace(/:(\d{4,5})\b/g, (_match, named) => `:${named === '8080' ? port : ports[named] ?? named}`)
    await writeFile(join(directory, basename(file)), adapt(here, directory))
  }
  const parameters = toParameters(basename(files[0] ?? ''), directory)
  const child = spawn(program, parameters, { cwd: directory, env: { PATH: process.env.PATH, HOME: directory } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  const gone = once(child, 'close')
  const address = `http://127.0.0.1:${port}`

  async function stop () {
    child.kill('SIGTERM')
    await gone
    await rm(directory, { recursive: true })
  }

  while (!await fetch(address).then(() => true, () => false)) {
    if (child.exitCode !== null) {
      await stop()
      throw new Error(`${program} has ended: ${output}`)
    }
    await sleep(20)
  }
  return { address, stop }
}
