// `npm run dev`: compiles at every change, and starts the service again.
import { spawn } from 'node:child_process'

const compiler = run('node_modules/typescript/bin/tsc', '--build', '--watch', '--preserveWatchOutput')
const service = run('--watch', 'dist/src/main.js', 'serve')
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    compiler.kill()
    service.kill()
  })
}

function run (...parameters) {
  return spawn(process.execPath, parameters, { stdio: 'inherit' })
}
