/** The password of the users that tests create. */
export const PASSWORD = 'correct horse battery staple'
/** What they change it to. */
export const NEW_PASSWORD = 'another horse, another staple'
