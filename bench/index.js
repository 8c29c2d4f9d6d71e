// `npm run bench [-- NAME …] [--quick]`: installs bench/package.json where it is missing, and runs the benchmarks.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isInstalled } from './competitors/installed.js'

if (!isInstalled()) {
  console.error('Installing the packages of the benchmarks: npm ci --prefix bench')
  try {
    // No package of it needs its install scripts.
    const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', fileURLToPath(new URL('.', import.meta.url))]
    execFileSync('npm', parameters, { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch {
    console.error('The packages of the benchmarks cannot be installed: run "npm ci --prefix bench" where the registry can be reached.')
    process.exit(1)
  }
}
await import('./run.js')
