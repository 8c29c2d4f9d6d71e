// What a CommonJS project gets: its own files of the small packages, and types for `require` of the ES modules.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Writes compiled ES modules again as CommonJS, and their types as they are: a folder decides what the types in it describe.
 *
 * @param {string} from folder of the ES modules
 * @param {string[]} paths in it, of modules and types
 * @param {string} to folder
 */
export async function writeCommonJs (from, paths, to) {
  const { default: ts } = await import('typescript')
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true }
  for (const path of paths) {
    const source = readFileSync(join(from, path), 'utf8')
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), path.endsWith('.js') ? ts.transpileModule(source, { compilerOptions }).outputText : source)
  }
  writeFileSync(join(to, 'package.json'), '{ "type": "commonjs" }\n')
}

/**
 * Writes types of ES modules for `require`: Node.js loads the modules, but TypeScript asks for types that are CommonJS. They refer to those
 * of the modules, so that both have the same classes, and the same `Register`.
 *
 * @param {ReadonlyMap<string, string>} files paths of what is written, by the path of the types of the ES module beside it
 */
export async function writeRequireTypes (files) {
  const { default: ts } = await import('typescript')
  /** @type {import('typescript').CompilerOptions} */
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, noLib: true, types: [] }
  const host = ts.createCompilerHost(options)
  // What is exported is ours: no package has to be read.
  host.resolveModuleNameLiterals = (literals, file) => literals.map(({ text }) => {
    return text.startsWith('.') ? ts.resolveModuleName(text, file, options, host) : { resolvedModule: undefined }
  })
  const program = ts.createProgram([...files.keys()], options, host)
  const checker = program.getTypeChecker()
  for (const [path, target] of files) {
    const source = program.getSourceFile(path)
    const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    if (symbol === undefined) throw new Error(`${path} exports nothing`)
    const specifier = `'./${basename(path).replace('.d.ts', '.js')}'`
    const type = `import(${specifier}, { with: { 'resolution-mode': 'import' } })`
    const lines = checker.getExportsOfModule(symbol).filter((exported) => !isTypeOnly(exported)).flatMap((exported) => {
      const { name } = exported
      const { flags } = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      if (name === 'default') return [`declare const main: typeof ${type}.default`, 'export default main']
      return [
        ...(flags & ts.SymbolFlags.Value ? [`export declare const ${name}: typeof ${type}.${name}`] : []),
        ...(flags & ts.SymbolFlags.Class ? [`export type ${name} = ${type}.${name}`] : [])
      ]
    })
    writeFileSync(target, `export type * from ${specifier} with { 'resolution-mode': 'import' }\n${lines.join('\n')}\n`)
  }

  /** @param {import('typescript').Symbol} exported */
  function isTypeOnly ({ declarations = [] }) {
    const specifiers = declarations.filter((declaration) => ts.isExportSpecifier(declaration))
    return specifiers.some(({ isTypeOnly, parent }) => isTypeOnly || parent.parent.isTypeOnly)
  }
}
