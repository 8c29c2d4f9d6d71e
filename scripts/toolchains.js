// Other languages, for what runs in them: the tools are those of the machine, and the packages come from their registries.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {object} Toolchain
 * @property {string[]} tool a command that shows that what it needs is there
 * @property {() => void} install throws where the packages cannot be had
 */

/**
 * Installs what a group needs.
 *
 * @param {string} name of the group
 * @param {Toolchain} toolchain
 * @returns {string | undefined} why it cannot be run
 */
export function installGroup (name, { tool: [tool = '', ...parameters], install }) {
  try {
    execFileSync(tool, parameters, { stdio: 'ignore' })
  } catch {
    return `${name}: skipped, because ${tool} is not installed.`
  }
  try {
    install()
  } catch (error) {
    return `${name}: skipped, because its packages cannot be installed: ${error instanceof Error ? error.message : error}`
  }
  return undefined
}

/**
 * Installs the groups that are named, and tells which cannot be.
 *
 * @param {readonly string[]} names
 * @param {Record<string, Toolchain>} groups
 * @returns {string[]} those that can be run
 */
export function installGroups (names, groups) {
  return names.filter((name) => {
    const group = groups[name]
    const problem = group === undefined ? `${name}: there is no such group.` : installGroup(name, group)
    if (problem !== undefined) console.error(problem)
    return problem === undefined
  })
}

/**
 * @param {string} command
 * @param {string[]} parameters
 * @param {string} cwd
 * @param {'inherit' | 'ignore'} [stderr]
 */
export function runTool (command, parameters, cwd, stderr = 'inherit') {
  execFileSync(command, parameters, { cwd, stdio: ['ignore', 'ignore', stderr] })
}

/**
 * @param {string} directory with a package-lock.json
 */
export function installFromNpm (directory) {
  if (existsSync(join(directory, 'node_modules'))) return
  // No package needs its install scripts.
  runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], directory)
}

/** It finds and unpacks packages several times as fast as pip. */
const UV = 'uv==0.13.9'

/**
 * The toolchain of a virtual environment, `venv`, with the packages of requirements.txt.
 *
 * @param {string} directory with a requirements.txt
 * @returns {Toolchain & { python: string }} with the interpreter of the environment
 */
export function createPythonToolchain (directory) {
  const [python, uv] = [join(directory, 'venv/bin/python'), join(directory, 'venv/bin/uv')]
  const packages = ['install', '--quiet', '--requirement', 'requirements.txt']
  const withUv = () => runTool(uv, ['pip', ...packages, '--python', python], directory)
  return {
    python,
    tool: ['python3', '-m', 'venv', '--help'],
    install () {
      if (existsSync(uv)) return withUv()
      try {
        runTool('python3', ['-m', 'venv', '--without-pip', 'venv'], directory)
        runTool('python3', ['-m', 'pip', '--python', python, 'install', '--quiet', '--no-compile', UV], directory, 'ignore')
        withUv()
      } catch {
        // Where python3 has no pip or an old one, where there is no uv for this machine, or where uv cannot reach a registry that pip can.
        runTool('python3', ['-m', 'venv', '--clear', 'venv'], directory)
        runTool(python, ['-m', 'pip', 'install', '--no-compile', ...packages.slice(1)], directory)
      }
    }
  }
}
