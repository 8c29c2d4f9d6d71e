#!/usr/bin/env node
// No static imports and no newer syntax here: an older Node.js would fail to parse them, with a stack trace.
const FLOOR = { major: 20, minor: 19 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor)) {
  // The program is bundled: stack traces name its sources.
  process.setSourceMapsEnabled(true)
  // eslint-disable-next-line @typescript-eslint/no-floating-promises -- top-level await is newer syntax; a rejection ends the process
  import('./program.ts')
} else {
  process.stderr.write(`gatepass: Node.js ${process.versions.node} is too old: ${FLOOR.major}.${FLOOR.minor} or later is needed.\n`)
  process.exitCode = 1
}
