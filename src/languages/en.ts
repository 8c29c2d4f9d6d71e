import type { Language } from './language.ts'

const IGNORE = 'If it was not you, just ignore this mail: nothing will happen.'
const CODE_EFFECT = 'The code works for {minutes} minutes. Give it to nobody: nobody at {app} will ask you for it.'

export const en: Language = {
  code: 'en',
  mails: {
    registration: {
      subject: 'Your account at {app}',
      before: ['Somebody, most likely you, wants to open an account at {app} with this address.', 'Choose a password to finish:'],
      button: 'Choose a password',
      after: ['The link works for {hours} hours. If you are asked for a code: it is {code}, and works for {minutes} minutes.', IGNORE]
    },
    account_exists: {
      subject: 'You have an account at {app}',
      before: [
        'Somebody, most likely you, wants to use this address at {app}. You already have an account with it, so nothing has changed.',
        'Log in with it. If you have forgotten the password, ask for a new one there.'
      ],
      after: [IGNORE]
    },
    password_reset: {
      subject: 'A new password for {app}',
      before: ['Somebody, most likely you, has asked for a new password for your account at {app}.', 'Choose it here:'],
      button: 'Choose a new password',
      after: ['The link works once, for {hours} hour. You are then logged out everywhere.', IGNORE]
    },
    invitation: {
      subject: 'You are invited to {app}',
      before: ['There is an account for you at {app}.', 'Choose a password to use it:'],
      button: 'Choose a password',
      after: ['The link works for {days} days. If you do not know what this is about, ignore this mail.']
    },
    email_verification: {
      subject: '{code} is your code for {app}',
      before: ['With this code you confirm that this is your address:'],
      after: [CODE_EFFECT, IGNORE]
    },
    email_change: {
      subject: '{code} is your code for {app}',
      before: ['With this code you make this address the one of your account at {app}:'],
      after: [CODE_EFFECT, IGNORE]
    },
    password_changed: {
      subject: 'Your password at {app} was changed',
      before: ['The password of your account at {app} was changed. All other sessions have ended.'],
      after: ['If it was not you, ask for a new password at once, and tell whoever runs {app}.']
    },
    email_changed: {
      subject: 'Your address at {app} was changed',
      before: ['Your account at {app} has another address now. Mails go there, and no longer here.'],
      after: ['If it was not you, tell whoever runs {app} at once.']
    },
    refresh_reuse: {
      subject: 'A session at {app} was ended',
      before: ['Two parties used one session of your account at {app}: most likely, somebody has copied it from a device. It was ended.'],
      after: ['Log in again. If you do not know why this happened, end your other sessions, too, and choose a new password.']
    }
  },
  pages: {}
}
