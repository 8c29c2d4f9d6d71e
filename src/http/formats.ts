/**
 * `format: email` of requests. It is loose, because `parseEmail` decides: it refuses control characters, which must not reach a response or
 * a log, but allows pasted line breaks around the e-mail. Linear: each part begins where the previous one has to end.
 */
export const EMAIL_FORMAT = /^[\s\p{Cf}]*[^\s\p{Cc}\p{Cf}\p{Cs}](?:[^\p{Cc}\p{Cs}]*[^\s\p{Cc}\p{Cf}\p{Cs}])?[\s\p{Cf}]*$/u
