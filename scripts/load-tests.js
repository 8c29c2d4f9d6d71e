// What each test file loads first: TypeScript, and packages as one file each.
import { createRequire, register } from 'node:module'
import './load-typescript.js'

register('./package-hooks.js', import.meta.url)

// tap would load its record of modules, of which we use nothing, into each process that a test starts too: a second for each service.
if (process.env.NODE_OPTIONS?.includes('@tapjs/processinfo')) {
  delete process.env.NODE_OPTIONS
  createRequire(import.meta.resolve('tap'))('process-on-spawn').removeAllListeners()
}
