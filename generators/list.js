// The generators of clients that are run, and the command of each: docs/clients.md shows the same.

/**
 * @typedef {object} Generator
 * @property {string} title with the versions that are in its manifest
 * @property {string} folder where its program is, and its commands run
 * @property {(keyof typeof import('./toolchains.js').TOOLCHAINS)[]} needs
 * @property {string} generate
 * @property {string} compile
 * @property {string} run
 * @property {boolean} [readsFeed] whether its program reads the revocation feed, too
 */

export const OPENAPI_GENERATOR_VERSION = '7.25.0'

const OPENAPI_GENERATOR = `openapi-generator ${OPENAPI_GENERATOR_VERSION}`
/** The compiler of this project, which is five times as fast as the one that the generators need beside themselves. */
const TSC = 'node ../../node_modules/typescript-native/bin/tsc --noEmit --strict --noUncheckedIndexedAccess --skipLibCheck ' +
  '--module preserve --target es2023 --lib es2023,dom --types node --ignoreConfig'
const MAVEN = 'mvn --quiet --batch-mode clean package'

/** @type {Record<string, Generator>} */
export const GENERATORS = {
  'openapi-typescript': {
    title: 'openapi-typescript 7.13.0, openapi-fetch 0.17.0',
    folder: 'npm',
    needs: ['npm'],
    generate: 'npx openapi-typescript openapi.yaml --output generated/openapi-typescript.ts',
    compile: `${TSC} openapi-typescript.ts`,
    run: 'npx tsx openapi-typescript.ts'
  },
  'hey-api': {
    title: '@hey-api/openapi-ts 0.95.0',
    folder: 'npm',
    needs: ['npm'],
    generate: 'npx openapi-ts --input openapi.yaml --output generated/hey-api',
    compile: `${TSC} hey-api.ts`,
    run: 'npx tsx hey-api.ts'
  },
  orval: {
    title: 'orval 7.13.2, zod 4.6.7',
    folder: 'npm',
    needs: ['npm'],
    generate: 'npx orval --config orval.config.ts',
    compile: `${TSC} orval.ts`,
    run: 'npx tsx orval.ts'
  },
  'typescript-fetch': {
    title: `${OPENAPI_GENERATOR} typescript-fetch`,
    folder: 'npm',
    needs: ['npm', 'openapi-generator'],
    generate: 'openapi-generator-cli generate -i openapi.yaml -g typescript-fetch -o generated/typescript-fetch',
    compile: `${TSC} typescript-fetch.ts`,
    run: 'npx tsx typescript-fetch.ts'
  },
  'openapi-python-client': {
    title: 'openapi-python-client 0.29.1',
    folder: 'python',
    needs: ['python'],
    generate: 'openapi-python-client generate --path openapi.yaml --meta none --output-path generated/gatepass_client --overwrite',
    compile: 'mypy with_openapi_python_client.py',
    run: 'env PYTHONPATH=generated python with_openapi_python_client.py'
  },
  python: {
    title: `${OPENAPI_GENERATOR} python`,
    folder: 'python',
    needs: ['python', 'openapi-generator'],
    generate: 'openapi-generator-cli generate -i openapi.yaml -g python -o generated --additional-properties packageName=gatepass',
    compile: 'mypy with_openapi_generator.py',
    run: 'env PYTHONPATH=generated python with_openapi_generator.py'
  },
  'oapi-codegen': {
    title: 'oapi-codegen 2.8.0',
    folder: 'go',
    needs: ['go'],
    generate: 'go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.0 ' +
      '-generate types,client -package gatepass -o generated/gatepass.go openapi.yaml',
    compile: 'go vet ./oapi-codegen ./generated',
    run: 'go run ./oapi-codegen'
  },
  go: {
    title: `${OPENAPI_GENERATOR} go`,
    folder: 'go',
    needs: ['go', 'openapi-generator'],
    generate: 'openapi-generator-cli generate -i openapi.yaml -g go -o generated/gatepass ' +
      '--additional-properties packageName=gatepass,withGoMod=false,enumUnknownDefaultCase=true,' +
      'disallowAdditionalPropertiesIfNotPresent=false',
    compile: 'go vet ./openapi-generator ./generated/gatepass',
    run: 'go run ./openapi-generator'
  },
  java: {
    title: `${OPENAPI_GENERATOR} java, library native`,
    folder: 'java',
    needs: ['maven', 'openapi-generator'],
    generate: 'openapi-generator-cli generate -i openapi.yaml -g java --library native -o generated --additional-properties ' +
      'invokerPackage=gatepass,apiPackage=gatepass.api,modelPackage=gatepass.model,openApiNullable=false,enumUnknownDefaultCase=true',
    compile: MAVEN,
    run: 'java -cp "target/classes:target/lib/*" generators.Main',
    readsFeed: true
  },
  kotlin: {
    title: `${OPENAPI_GENERATOR} kotlin`,
    folder: 'kotlin',
    needs: ['maven', 'openapi-generator'],
    generate: 'openapi-generator-cli generate -i openapi.yaml -g kotlin -o generated --additional-properties packageName=gatepass',
    compile: MAVEN,
    run: 'java -cp "target/classes:target/lib/*" MainKt'
  },
  rust: {
    title: `${OPENAPI_GENERATOR} rust`,
    folder: 'rust',
    needs: ['rust', 'openapi-generator'],
    generate: 'openapi-generator-cli generate -i openapi.yaml -g rust -o generated --additional-properties packageName=gatepass',
    compile: 'cargo build --quiet --locked',
    run: 'target/debug/gatepass-generators'
  }
}
