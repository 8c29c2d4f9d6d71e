// Runs in a process of its own: see run-commands.ts.
const [program = '', commands = ''] = process.argv.slice(2)
const write = { stdout: process.stdout.write.bind(process.stdout) }
const results = []
// Each time the program is loaded, it listens anew.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0)

for (const command of JSON.parse(commands)) {
  const output = { stdout: capture(process.stdout), stderr: capture(process.stderr) }
  process.exitCode = 0
  process.argv = [process.execPath, 'gatepass', ...command.split(/\s+/)]
  // A query makes it another module: it reads the parameters when it is loaded.
  await import(`${program}?${results.length}`)
  results.push({ command, code: process.exitCode, stdout: output.stdout.join(''), stderr: output.stderr.join('') })
}
process.exitCode = 0
write.stdout(JSON.stringify(results))

/** @param {NodeJS.WriteStream} stream */
function capture (stream) {
  /** @type {string[]} */
  const chunks = []
  stream.write = (/** @type {string} */ chunk, /** @type {any[]} */ ...rest) => {
    chunks.push(String(chunk))
    rest.find((value) => typeof value === 'function')?.()
    return true
  }
  return chunks
}
