#!/usr/bin/env node
// Nothing is imported before this: an older Node.js would fail to read that, with a stack trace. So there is no newer syntax here, either.
const FLOOR = { major: 20, minor: 19 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor)) {
  // eslint-disable-next-line @typescript-eslint/no-floating-promises -- no old Node.js can read an await here, and what it rejects with ends the process
  import('./program.ts')
} else {
  process.stderr.write(`gatepass: Node.js ${process.versions.node} is too old: ${FLOOR.major}.${FLOOR.minor} or later is needed.\n`)
  process.exitCode = 1
}
