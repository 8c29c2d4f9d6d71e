/** A log that is written nowhere. */
export const SILENT = { info () {}, warn () {}, error () {} }
