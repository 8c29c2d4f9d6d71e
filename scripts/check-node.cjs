// Before the build and the start: a sentence where Node.js is too old to read what comes next. So this is written for any that there is.
/* eslint-disable no-var */
var floor = String(require('../package.json').engines.node).replace('>=', '')

/** @param {string} version */
function toNumber (version) {
  var parts = version.split('.')
  return Number(parts[0]) * 1000 + Number(parts[1])
}

if (toNumber(process.versions.node) < toNumber(floor)) {
  console.error('gatepass: Node.js ' + process.versions.node + ' is too old: ' + floor + ' or later is needed.')
  process.exit(1)
}
