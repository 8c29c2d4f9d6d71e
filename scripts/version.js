// `npm version patch`, its second step: writes the new version of package.json wherever else it stands.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT, SERVICE } from './packages.js'

/** What stands there instead of the version, by the path of the file. The changelog has a heading for it, which a person writes. */
export const PLACES = new Map([
  ['openapi.yaml', /(?<=^ {2}version: ).*$/m],
  ['templates/api/package.json', /(?<="gatepass": "\^)[^"]*/],
  ['deploy/kubernetes/kustomization.yaml', /(?<=newTag: ).*$/m]
])

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, version] of PLACES) {
    writeFileSync(join(ROOT, path), readFileSync(join(ROOT, path), 'utf8').replace(version, SERVICE.version))
  }
}
