// Before the build and the start: a sentence where Node.js is too old to read what comes next. So this is written for any Node.js.
var floor = require('../package.json').engines.node.replace('>=', '')
var wanted = floor.split('.').map(Number)
var found = process.versions.node.split('.').map(Number)

if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error('gatepass: Node.js ' + process.versions.node + ' is too old: ' + floor + ' or later is needed.')
  process.exit(1)
}
