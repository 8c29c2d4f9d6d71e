// Compiles a program of somebody who uses our packages, in the ways that projects do.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import ts from 'typescript'

interface Mode {
  /** Where the program is, which decides whether node16 takes it for an ES module: see `compileInEveryMode`. */
  readonly folder: '' | 'commonjs'
  readonly options: ts.CompilerOptions
}

const { ModuleKind, ModuleResolutionKind } = ts

export const MODES = {
  'node16, ES module': { folder: '', options: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 } },
  bundler: { folder: '', options: { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler } },
  'node16, CommonJS': { folder: 'commonjs', options: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 } },
  // The compiler's own way before it read exports.
  commonjs: {
    folder: 'commonjs',
    options: { module: ModuleKind.CommonJS, moduleResolution: ModuleResolutionKind.Node10, ignoreDeprecations: '6.0' }
  }
} satisfies Record<string, Mode>

const PROJECT = process.cwd()

const SHARED: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  typeRoots: [join(PROJECT, 'node_modules/@types')]
}

/** Types of the compiler and of packages are parsed once; those of JavaScript and of Node.js are the same for CommonJS. */
const parsed = new Map<string, ts.SourceFile | undefined>()

/**
 * Compiles a program, and writes it as JavaScript beside itself.
 *
 * @param paths of TypeScript files
 * @param environment `node`, or a page
 * @returns errors in it and in the types of our packages, in which nothing is skipped; empty where there are none
 */
export function compile (paths: readonly string[], mode: keyof typeof MODES, environment: 'node' | 'page' = 'node'): string {
  const lib = environment === 'node' ? ['lib.es2023.d.ts'] : ['lib.es2022.d.ts', 'lib.dom.d.ts']
  const all = { ...SHARED, ...MODES[mode].options, lib, types: environment === 'node' ? ['node'] : [] }
  const host = ts.createCompilerHost(all)
  const getSourceFile = host.getSourceFile
  host.getSourceFile = (file, settings, ...rest) => {
    if (!file.includes('/node_modules/')) return getSourceFile(file, settings, ...rest)
    const isGlobal = file.startsWith(`${PROJECT}/node_modules/`)
    const key = isGlobal || typeof settings !== 'object' ? file : `${settings.impliedNodeFormat} ${file}`
    if (!parsed.has(key)) parsed.set(key, getSourceFile(file, settings, ...rest))
    return parsed.get(key)
  }
  const program = ts.createProgram(paths, all, host)
  const written = program.getSourceFiles().filter(({ fileName }) => paths.includes(fileName))
  for (const file of written) program.emit(file)
  const ours = [...written, ...program.getSourceFiles().filter(({ fileName }) => /\/gatepass(-\w+)?\/dist\//.test(fileName))]
  const diagnostics = [
    ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(),
    ...ours.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
  ]
  return ts.formatDiagnostics(diagnostics, host)
}

/**
 * Compiles a program in every mode, and writes it as JavaScript, `app.js` and `commonjs/app.js`.
 *
 * @param directory of a project of ES modules, whose folder of CommonJS is made
 * @param source without await at its top level
 */
export function compileInEveryMode (t: Test, directory: string, source: string, environment?: 'node' | 'page'): void {
  mkdirSync(join(directory, 'commonjs'))
  writeFileSync(join(directory, 'commonjs/package.json'), '{}')
  for (const mode of Object.keys(MODES) as Array<keyof typeof MODES>) {
    const path = join(directory, MODES[mode].folder, 'app.ts')
    writeFileSync(path, source)
    t.equal(compile([path], mode, environment), '', mode)
  }
}
