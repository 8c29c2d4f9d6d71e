// Examples that need packages of npm, run as they are, with the packages of this project.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { installManifest } from '../../scripts/npm-cache.js'
import { stage } from '../../scripts/stage.js'

const run = promisify(execFile)

/** @returns why an example cannot run here, as without a network, or false */
export function findObstacle (name: string): string | false {
  try {
    installManifest(`examples/${name}/package.json`)
    return false
  } catch {
    return `the packages of examples/${name} cannot be installed from npm here`
  }
}

/**
 * Copies an example and its installed packages, and adds those of this project.
 *
 * @param own such as gatepass-client
 * @returns its directory, which is removed when the test ends
 */
export async function prepareExample (t: Test, name: string, own: string): Promise<string> {
  // Not in node_modules, where bundlers take code for a package's; and not tap's directory of the test, which has the service's data.
  mkdirSync('.tap', { recursive: true })
  const directory = mkdtempSync(resolve('.tap', `example-${name}-`))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  cpSync(`examples/${name}`, directory, { recursive: true, filter: (path) => !/node_modules|\.next/.test(path) })
  const installed = join(installManifest(`examples/${name}/package.json`), 'node_modules')
  const target = join(directory, 'node_modules')
  // Links are quicker; not every cp makes them.
  await run('cp', ['-al', installed, target]).catch(() => cpSync(installed, target, { recursive: true }))
  await stage(own, join(target, own))
  return directory
}

/** Compiles TypeScript with the compiler of this project. @returns what it says */
export async function compile (directory: string, ...parameters: string[]): Promise<string> {
  const tsc = resolve('node_modules/typescript/bin/tsc')
  return run(process.execPath, [tsc, '--project', '.', ...parameters], { cwd: directory }).then(() => '', ({ stdout }) => String(stdout))
}
