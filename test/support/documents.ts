// Documents whose examples are executed.
import { spawn } from 'node:child_process'
import type { Test } from 'tap'
import { until } from './until.ts'

/** The code blocks of a language in Markdown, in order. */
export function listCodeBlocks (language: string, markdown: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}

/** The commands of a code block: without comments, with continued lines joined. */
export function parseCommands (block: string): string[] {
  return block.replace(/\\\n\s*/g, '').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

export interface Shell {
  /** Runs a command, and waits for its end. */
  run (command: string): Promise<{ code: number, stdout: string, stderr: string }>
  /** Starts a command in the background, and waits until its output contains `said`. Returns the output so far. */
  start (command: string, said: string): Promise<string>
}

/** A shell that runs commands until the test ends. */
export function openShell (t: Test, cwd: string, env: Record<string, string | undefined>): Shell {
  const child = spawn('sh', [], { cwd, env, detached: true })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => { output.stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text) => { output.stderr += text })
  const gone = new Promise((resolve) => child.once('close', resolve))
  t.teardown(async () => {
    // The whole process group, with commands in the background.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await gone
  })
  let count = 0

  return {
    async run (command) {
      const mark = `--- ${++count} `
      Object.assign(output, { stdout: '', stderr: '' })
      child.stdin.write(`{ ${command}\n} </dev/null\nEND="${mark}$?"; echo "$END"; echo "$END" >&2\n`)
      await until(() => Object.values(output).every((text) => new RegExp(`${mark}\\d+\\n`).test(text)), 60_000)
      const [stdout = '', code] = output.stdout.split(mark)
      return { code: Number(code), stdout, stderr: output.stderr.split(mark)[0] ?? '' }
    },
    async start (command, said) {
      output.stdout = ''
      child.stdin.write(`{ ${command}\n} </dev/null &\n`)
      await until(() => {
        if (child.exitCode !== null) throw new Error(output.stderr)
        return output.stdout.includes(said)
      }, 60_000)
      return output.stdout
    }
  }
}
