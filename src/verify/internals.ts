// What `gatepass/edge` is built on, beside the door. For it alone: any release may change it.
export { ALGORITHMS, readBearer } from '../contract/index.ts'
export { InternalError, InvalidTokenError, PublicError } from '../errors.ts'
export { isRecord } from './access-token.ts'
export { toPublicError, toRejectionResponse } from './rejection.ts'
export { combineStepUps, createStepUpCheck, type StepUpCheck } from './step-up.ts'
