export { revocationFeed } from './routes.ts'
export { createFeedCounters } from './subscriber.ts'
