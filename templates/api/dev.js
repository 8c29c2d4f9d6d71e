// `npm run dev`: compiles at every change, and starts the service again.
import { spawn } from 'node:child_process'

const compiler = run('node_modules/typescript/bin/tsc', '--build', '--watch', '--preserveWatchOutput')
const service = run('--watch', 'dist/src/main.js', 'serve')
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // A terminal has sent it to them already: the same one again changes nothing.
    compiler.kill(signal)
    service.kill(signal)
  })
}

function run (...parameters) {
  return spawn(process.execPath, parameters, { stdio: 'inherit' })
}
