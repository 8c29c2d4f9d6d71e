import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'

export default [
  ...neostandard({
    ts: true,
    ignores: ['dist', 'site/dist', '.tap', 'coverage', 'node_modules', 'client/api.ts', '**/venv', 'generators/*/generated', '{verifiers,generators}/**/target']
  }),
  {
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    // `import { type X }` leaves an import that runs; `import type { X }` leaves none.
    rules: { '@typescript-eslint/no-import-type-side-effects': 'error' }
  },
  {
    files: ['src/**/*.ts', 'client/**/*.ts'],
    languageOptions: { parserOptions: { project: ['src/tsconfig.json', 'tsconfig.client.json'], tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'n/no-process-env': 'error'
    }
  },
  {
    files: ['{src,client,test,chaos,bench,scripts,examples,verifiers,generators,conformance,ops,site}/**/*.{js,cjs,ts,tsx}'],
    // A line that is nothing but a regular expression cannot be broken.
    rules: { '@stylistic/max-len': ['error', { code: 140, ignorePattern: '^\\s*/[^/*].*/[a-z]*,?$' }] }
  },
  { files: ['src/**/*.ts'], rules: { 'max-lines': ['error', 220] } },
  { files: ['src/config/{config,inspect}.ts', 'src/passwords/argon2.ts'], rules: { 'n/no-process-env': 'off' } }
]
