// Generated clients check what the patterns of the document say, each with the regular expressions of its language.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'

t.setTimeout(300_000)

const PATTERNS = [...new Set(listPatterns(parse(readFileSync('openapi.yaml', 'utf8'))))].sort()

const SAMPLES = [
  '', 'a', 'A', '0', '_', '-', 'admin', 'a_b-c', 'organisation', 'x'.repeat(32), 'x'.repeat(33), 'not_found', 'Not_Found',
  '0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f', '0198C1D5-7A2B-7C3D-8E4F-5A6B7C8D9E0F', 'user1@example.com', ' a ', 'a b', 'a\n', '\na', 'a\r\n',
  'a\0', '\0', 'a\tb', '\x7f', '\x80', '\x9f', '\xa0', 'ä', 'ß', 'İ', '\u0660', '\u2028', 'a\u2028', '\u0085', '\ufeff', '\u200b', '漢字',
  '\u{1f600}', 'a\u{1f600}b', 'é', '\\', '^', '$', '[', ']'
]

const QUESTIONS = PATTERNS.flatMap((pattern) => SAMPLES.map((sample) => ({ pattern, sample })))

/** Classes such as `\s` and `\p{L}`, `\u`, look-around, back-references, letters beyond ASCII. `\xHH` is read everywhere. */
const UNPORTABLE = /\\(?!x[0-9A-F]{2})|\(\?|[^\x20-\x7e]/

t.test('each pattern is anchored, and has only what all languages read alike', async (t) => {
  t.ok(PATTERNS.length > 3, PATTERNS.join(' '))
  for (const pattern of PATTERNS) {
    t.match(pattern, /^\^.*\$$/, pattern)
    t.notMatch(pattern, UNPORTABLE, pattern)
  }
  for (const pattern of ['^\\s+$', '^\\p{L}$', '^(?=a)a$', '^(a)\\1$', '^\\u0041$', '^\\d$', '^ä$']) t.match(pattern, UNPORTABLE)
})

t.test('JavaScript answers the same with and without the flag u', async (t) => {
  t.strictSame(answer('u'), answer(''))
})

const PROGRAMS = [
  {
    language: 'Python',
    file: 'match.py',
    command: ['python3'],
    source: `
import base64, re, sys
for line in sys.stdin:
    pattern, sample = (base64.b64decode(part).decode() for part in line.rstrip('\\n').split(' '))
    print(0 if re.compile(pattern).fullmatch(sample) is None else 1)
`
  },
  {
    language: 'Go',
    file: 'match.go',
    command: ['go', 'run'],
    source: `
package main

import ("bufio"; "encoding/base64"; "fmt"; "os"; "regexp"; "strings")

func decode(text string) string {
  bytes, err := base64.StdEncoding.DecodeString(text)
  if err != nil { panic(err) }
  return string(bytes)
}

func main() {
  for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
    parts := strings.Split(lines.Text(), " ")
    if regexp.MustCompile(decode(parts[0])).MatchString(decode(parts[1])) { fmt.Println(1) } else { fmt.Println(0) }
  }
}
`
  },
  {
    language: 'Java',
    file: 'Match.java',
    command: ['java'],
    source: `
import java.util.*;
import java.util.regex.Pattern;

class Match {
  static String decode(String text) { return new String(Base64.getDecoder().decode(text), java.nio.charset.StandardCharsets.UTF_8); }

  public static void main(String[] none) {
    for (Scanner lines = new Scanner(System.in); lines.hasNextLine();) {
      String[] parts = lines.nextLine().split(" ", -1);
      System.out.println(Pattern.compile(decode(parts[0])).matcher(decode(parts[1])).matches() ? 1 : 0);
    }
  }
}
`
  }
]

// Rust's regular expressions have the syntax of Go's, RE2.
for (const { language, file, command, source } of PROGRAMS) {
  t.test(`${language} answers the same as JavaScript`, async (t) => {
    const path = join(t.testdir(), file)
    writeFileSync(path, source)
    const output = await ask(t, [...command, path])
    if (output !== undefined) t.strictSame(output, answer('u'))
  })
}

/** @returns which patterns match which samples, as text that is read easily in a diff */
function answer (flags: string): string[] {
  return describe(QUESTIONS.map(({ pattern, sample }) => new RegExp(pattern, flags).test(sample)))
}

function describe (matches: readonly boolean[]): string[] {
  return QUESTIONS.map(({ pattern, sample }, index) => `${pattern} ${JSON.stringify(sample)} ${matches[index]}`)
}

/** @returns undefined where the language is not installed, in which case the test is skipped */
async function ask (t: Test, [command = '', ...parameters]: readonly string[]): Promise<string[] | undefined> {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  return new Promise((resolve, reject) => {
    const child = execFile(command, parameters, (error, stdout) => {
      if (error?.code === 'ENOENT') {
        t.plan(0, `${command} is not installed`)
        resolve(undefined)
      } else if (error !== null) reject(error)
      else resolve(describe(stdout.trim().split('\n').map((line) => line === '1')))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(QUESTIONS.map(({ pattern, sample }) => `${encode(pattern)} ${encode(sample)}\n`).join(''))
  })
}

function listPatterns (value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'pattern' in value && typeof value.pattern === 'string' ? [value.pattern] : []
  return [...own, ...Object.values(value).flatMap(listPatterns)]
}
