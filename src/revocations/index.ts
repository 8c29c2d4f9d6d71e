export { revocationFeed, type FeedKeySource, type RevocationFeedOptions } from './feed.ts'
export { createFeedCounters, type FeedCounters } from './event-stream.ts'
export * from './publish.ts'
export { createRevocations, type RevocationListener, type Revocations, type RevocationsOptions } from './subscribe.ts'
