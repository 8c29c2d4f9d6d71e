// Documents whose examples are executed.
import { spawn } from 'node:child_process'
import type { Test } from 'tap'
import { until } from './until.ts'

/** Blocks of code of a language, in order. */
export function blocksOf (language: string, markdown: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}

/** What is typed, one by one: comments left out, continued lines put together. */
export function commandsIn (block: string): string[] {
  return block.replace(/\\\n\s*/g, '').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

export interface Shell {
  /** Types a command as it is, and waits for its end. */
  type (command: string): Promise<{ code: number, stdout: string, stderr: string }>
  /** Types a command that goes on, and waits until it has said something: all that it has said until then. */
  begin (command: string, said: string): Promise<string>
}

/** A shell in which one command after another is typed, until the test ends. */
export function openShell (t: Test, cwd: string, env: Record<string, string | undefined>): Shell {
  const child = spawn('sh', [], { cwd, env, detached: true })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => { output.stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text) => { output.stderr += text })
  const gone = new Promise((resolve) => child.once('close', resolve))
  t.teardown(async () => {
    // The whole group: what was begun, too.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await gone
  })
  let count = 0

  return {
    async type (command) {
      const mark = `--- ${++count} `
      Object.assign(output, { stdout: '', stderr: '' })
      child.stdin.write(`{ ${command}\n} </dev/null\nEND="${mark}$?"; echo "$END"; echo "$END" >&2\n`)
      await until(() => Object.values(output).every((text) => new RegExp(`${mark}\\d+\\n`).test(text)), 60_000)
      const [stdout = '', code] = output.stdout.split(mark)
      return { code: Number(code), stdout, stderr: output.stderr.split(mark)[0] ?? '' }
    },
    async begin (command, said) {
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
