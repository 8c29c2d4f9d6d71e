// The outbox of a service with mail, without the service.
import { createOutbox } from '../../src/mail/index.ts'

export const outbox = createOutbox({ isEnabled: true })
