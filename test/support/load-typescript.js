// Lets Node.js run TypeScript: types are replaced by blanks, so lines and columns stay, and what was made once is kept on disk.
// tap's own way loads the whole compiler in each process, and takes three seconds for it.
import { register } from 'node:module'

register('./typescript-hooks.js', import.meta.url)
