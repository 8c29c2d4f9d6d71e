import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

const unzip = promisify<Buffer, Buffer>(gunzip)

const BLOCK_BYTES = 512
const DIRECTORY = '5'

/**
 * Unpacks a gzipped tar archive of `dumpDataDir` of PGlite: directories come before their files, and no name needs a second field. All is
 * accessible to this user alone, whatever the archive says.
 *
 * @param archive path of the file
 * @param directory exists
 */
export async function unpackArchive (archive: string, directory: string): Promise<void> {
  const tar = await unzip(readFileSync(archive))
  let offset = 0
  // The last block is empty.
  while (offset < tar.length && tar[offset] !== 0) {
    const { path, type, size } = parseHeader(tar.subarray(offset, offset + BLOCK_BYTES))
    offset += BLOCK_BYTES
    if (type === DIRECTORY) mkdirSync(join(directory, path), { mode: 0o700 })
    else writeFileSync(join(directory, path), tar.subarray(offset, offset + size), { mode: 0o600 })
    offset += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
  }
}

/** Of the ustar format. Numbers are octal. */
function parseHeader (header: Buffer): { path: string, type: string, size: number } {
  const text = (start: number, end: number): string => header.toString('latin1', start, end).split('\0', 1)[0] ?? ''
  return { path: text(0, 100), type: text(156, 157), size: parseInt(text(124, 136), 8) }
}
