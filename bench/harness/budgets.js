// The budgets in the table at the top of the page, also those that were not measured, or that tests check.

/** @typedef {import('./results.js').Budget} Budget */

/** @typedef {Omit<Budget, 'measured'> & { by: string }} DeclaredBudget `by`: the benchmark that measures it */

/** @type {DeclaredBudget[]} */
export const BUDGETS = [
  { by: 'guarded', what: 'guarded request, warm, CPU against the bare route', atMost: 1.15, unit: '×' },
  ...['100', '1,000', '5,000', '9,000'].flatMap((clients) => [
    { by: 'guarded', what: `misses in the steady state of ${clients} clients, against the unavoidable`, atMost: 1.05, unit: '×' },
    {
      by: 'guarded',
      what: `CPU in the steady state of ${clients} clients, against a fresh cache and those misses`,
      atMost: 1.1,
      unit: '×'
    }
  ]),
  { by: 'deny-list', what: 'a million denied sessions swept: longest pause of the event loop', atMost: 20, unit: 'ms' },
  { by: 'verify', what: 'cold token, ES256, against raw crypto.verify', atMost: 1.2, unit: '×' },
  { by: 'verify', what: 'cold token, EdDSA, against raw crypto.verify', atMost: 1.2, unit: '×' },
  { by: 'verify', what: 'cold token, RS256, against raw crypto.verify', atMost: 1.4, unit: '×' },
  { by: 'step-up', what: 'the step-up check of a request, with its clock', atMost: 100, unit: 'ns' },
  { by: 'login', what: 'login throughput, against a bare route with the same hash and the same two statements', atLeast: 0.95, unit: '×' },
  { by: 'login', what: 'logins a second with argon2 built for this processor, against its ready-made binary', atLeast: 1.8, unit: '×' },
  { by: 'login', what: 'p99 of GET /me in a storm of 500 logins, against idle', atMost: 2, unit: '×' },
  { by: 'start', what: 'second `npm start` until the first login is answered', atMost: 2, unit: 's' },
  { by: 'start', what: 'resident memory when idle, on Postgres', atMost: 120, unit: 'MB' },
  { by: 'start', what: 'resident memory when idle, embedded database', atMost: 350, unit: 'MB' }
]

/** The same on every machine, so that tests check them. */
export const CHECKED_BY_TESTS = [
  [
    'database round trips: guarded request / refresh / logout / login', 'at most 0 / 1 / 1 / 2',
    'test/service/round-trips.test.ts', '✓ met'
  ],
  [
    'packages that gatepass/edge needs', 'fastify, fastify-plugin, @fastify/jwt, jose, and what they need',
    'fastify, fastify-plugin, @fastify/jwt, fast-jwt, jose: test/tooling/packages.test.ts', '✓ met'
  ]
]
