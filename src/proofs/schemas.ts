import { Type, type Static } from 'typebox'
import { EmailSchema, NewPasswordSchema, userProperties } from '../accounts/index.ts'
import {
  CredentialStoreUnavailableError, EmailTakenError, InvalidProofError, InvalidRequestError, MailDisabledError, OverloadedError,
  RegistrationClosedError, toErrorResponses, TooManyAttemptsError, WeakPasswordError
} from '../errors.ts'
import { CODE_SECONDS } from '../mail/index.ts'
import { LINE_PATTERN, MAX_INT32 } from '../schemas.ts'
import { TOKEN_LENGTH } from './proof-secrets.ts'

const EXAMPLE_HANDLE = 'AQGYwdV6K3w9jk9aa4ydng8B2kdPLW1sCqE7xYvN3RtUoHfM5i'

// Loose: what is malformed is no more and no less wrong than what is forged.
const secretText = { minLength: 1, maxLength: 4 * TOKEN_LENGTH, pattern: LINE_PATTERN }

const TokenSchema = Type.String({
  description: 'From the link of the mail: what follows `#token=`.', ...secretText, examples: ['what follows #token= in the link']
})

/** What a route answers that has had a mail with a code sent. */
export const HandleSchema = Type.String({
  description: 'To be sent with the code of the mail. It opens nothing alone.', ...secretText, examples: [EXAMPLE_HANDLE]
})

export const CodeSchema = Type.String({
  description: 'The code of the mail: eight digits. After five wrong ones it is void.', ...secretText, examples: ['01234567']
})

/** Of a code: the time begins when the mail is sent. */
export const CodeExpiresInSchema = Type.Integer({
  description: 'Seconds that the code is good for, once the mail is sent.',
  minimum: 0,
  maximum: MAX_INT32,
  format: 'int32',
  examples: [CODE_SECONDS]
})

const RegisterBodySchema = Type.Object({
  email: { ...EmailSchema, examples: ['user2@example.com'] },
  password: Type.Optional(NewPasswordSchema)
}, {
  title: 'RegisterRequest',
  additionalProperties: false,
  description: 'The account to create. A password only where the service sends no mail.',
  examples: [{ email: 'user2@example.com' }]
})

export type RegisterBody = Static<typeof RegisterBodySchema>

const RegisteredUserSchema = Type.Object(userProperties, {
  title: 'RegisteredUser', additionalProperties: false, description: 'The account that was created.'
})

const RegistrationSchema = Type.Object({
  registration: HandleSchema,
  expires_in: CodeExpiresInSchema
}, {
  title: 'Registration',
  additionalProperties: false,
  description: 'A mail with a link and a code is on its way. The response is the same for every address.'
})

export type RegistrationBody = Static<typeof RegistrationSchema>

const CompleteRegistrationBodySchema = Type.Object({
  token: Type.Optional(TokenSchema),
  registration: Type.Optional(HandleSchema),
  code: Type.Optional(CodeSchema),
  password: NewPasswordSchema
}, {
  title: 'CompleteRegistrationRequest',
  additionalProperties: false,
  description: 'The proof, either `token` or `registration` and `code`, and the password of the account.',
  examples: [{ token: 'what follows #token= in the link', password: 'a long sentence of your own' }]
})

export type CompleteRegistrationBody = Static<typeof CompleteRegistrationBodySchema>

const PasswordResetBodySchema = Type.Object({
  email: EmailSchema
}, { title: 'PasswordResetRequest', additionalProperties: false, description: 'Whose password.' })

export type PasswordResetBody = Static<typeof PasswordResetBodySchema>

const AcceptedSchema = Type.Object({}, {
  title: 'PasswordResetAccepted',
  additionalProperties: false,
  description: 'If there is such an account, a mail with a link is on its way. The response is the same for every address.'
})

const CompletePasswordResetBodySchema = Type.Object({
  token: TokenSchema,
  new_password: NewPasswordSchema
}, { title: 'CompletePasswordResetRequest', additionalProperties: false, description: 'The proof, and the new password.' })

export type CompletePasswordResetBody = Static<typeof CompletePasswordResetBodySchema>

const tags = ['authentication']
const security: [] = []

export const registerRoute = {
  operationId: 'register',
  summary: 'Create an account for yourself, if registration is open',
  description: 'Where the service sends mail, send no password: there is no account before the link or the code of the mail comes back. ' +
    'Where it sends none, the account is created with `password`. It gets the role of DEFAULT_ROLE. No session begins here.',
  tags,
  security,
  body: RegisterBodySchema,
  response: {
    201: RegisteredUserSchema,
    202: RegistrationSchema,
    ...toErrorResponses(
      InvalidRequestError, RegistrationClosedError, EmailTakenError, WeakPasswordError, TooManyAttemptsError, OverloadedError,
      CredentialStoreUnavailableError
    )
  }
}

export const completeRegistrationRoute = {
  operationId: 'completeRegistration',
  summary: 'Create the account, with the link or the code of the mail',
  description: 'The proof is good once. A password that is too weak does not use it up. Log in afterwards: no session begins here.',
  tags,
  security,
  body: CompleteRegistrationBodySchema,
  response: {
    201: RegisteredUserSchema,
    ...toErrorResponses(
      InvalidRequestError, InvalidProofError, MailDisabledError, RegistrationClosedError, WeakPasswordError, TooManyAttemptsError,
      OverloadedError, CredentialStoreUnavailableError
    )
  }
}

export const requestPasswordResetRoute = {
  operationId: 'requestPasswordReset',
  summary: 'Have a link mailed to choose a new password',
  description: 'The response is the same for every address, in the same time.',
  tags,
  security,
  body: PasswordResetBodySchema,
  response: {
    202: AcceptedSchema,
    ...toErrorResponses(InvalidRequestError, MailDisabledError, TooManyAttemptsError, CredentialStoreUnavailableError)
  }
}

export const completePasswordResetRoute = {
  operationId: 'completePasswordReset',
  summary: 'Choose a new password, with the link of the mail, and end all sessions',
  description: 'For the links of a reset and of an invitation. The link works once. A password that is too weak does not use it up. ' +
    'Log in afterwards: no session begins here.',
  tags,
  security,
  body: CompletePasswordResetBodySchema,
  response: {
    204: Type.Null({ description: 'The password has changed, and every session has ended.' }),
    ...toErrorResponses(
      InvalidRequestError, InvalidProofError, MailDisabledError, WeakPasswordError, TooManyAttemptsError, OverloadedError,
      CredentialStoreUnavailableError
    )
  }
}
