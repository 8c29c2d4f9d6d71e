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
    },
    second_factor_changed: {
      subject: 'How you log in to {app} was changed',
      before: ['A second factor or a passkey of your account at {app} was added or removed, or new recovery codes were made.'],
      after: ['If it was not you, choose a new password at once, look at your passkeys, and tell whoever runs {app}.']
    },
    recovery_code_used: {
      subject: 'A recovery code was used at {app}',
      before: ['One of the recovery codes of your account at {app} was used. It does not work again; the others do.'],
      after: ['If it was not you, choose a new password at once, make new recovery codes, and tell whoever runs {app}.']
    },
    second_factor_attempts: {
      subject: 'Wrong codes for your account at {app}',
      before: ['Somebody who knows the password of your account at {app} has typed several wrong codes. They must wait now.'],
      after: ['If it was not you, choose a new password at once. You can log in with a recovery code or a passkey at any time.']
    },
    passkey_copied: {
      subject: 'One of your passkeys at {app} may have been copied',
      before: ['A passkey of your account at {app} was used, and its counter did not rise. Two devices may hold copies of it.'],
      after: ['If you do not know why, remove this passkey and register a new one.']
    }
  },
  pages: {
    noscript: 'This page needs JavaScript. Allow it for this page, and load the page again.',
    email: 'E-mail address',
    code: 'Code from the mail',
    password: 'New password',
    show_password: 'Show the password',
    code_hint: 'Eight digits. They work for {minutes} minutes.',
    password_hint: 'At least {min} characters. Several words are easier to remember than special characters, and harder to guess.',
    busy: 'Please wait …',
    no_mail: 'Is there no mail after some minutes? Look into the spam folder, too.',
    register: {
      title: 'Create an account',
      closed: 'Nobody can create an account here at the moment. Ask whoever runs {app}.',
      ask: 'Type your e-mail address. You get a mail with which you choose a password.',
      ask_button: 'Send the mail',
      sent_title: 'Look into your mailbox',
      sent: 'There is a mail on its way to {email}. Open the link in it, or go on here with the code in it. If you have an account with ' +
        'this address already, the mail says so.',
      ask_again: 'Send another mail',
      choose: 'Choose a password for your account.',
      choose_button: 'Create the account',
      done_title: 'Your account is ready',
      done: 'Log in to {app} with your e-mail address and your password. You can close this page.',
      expired_title: 'This link does not work any more',
      expired: 'It has been used, or is too old. If you have chosen a password with it already, log in to {app}. If not, ask for ' +
        'another mail.'
    },
    reset: {
      title: 'Choose a new password',
      ask: 'Type the e-mail address of your account. You get a mail with which you choose a new password.',
      ask_button: 'Send the mail',
      sent_title: 'Look into your mailbox',
      sent: 'If there is an account with the address {email}, a mail is on its way to it. Open the link in it.',
      ask_again: 'Send another mail',
      choose: 'It replaces the old password of your account, and you are logged out everywhere.',
      choose_button: 'Set the password',
      done_title: 'Your password is set',
      done: 'You have been logged out everywhere. Log in to {app} with the new password. You can close this page.',
      expired_title: 'This link does not work any more',
      expired: 'It has been used, or is too old. If you have chosen a password with it already, log in to {app}. If not, ask for ' +
        'another mail.'
    },
    invite: {
      title: 'Choose a password',
      no_link: 'Open the link in your invitation: it leads here, and lets you choose a password. If it is lost, ask for another link.',
      ask_again: 'Ask for another link',
      choose: 'There is an account for you at {app}. Choose a password to use it.',
      choose_button: 'Set the password',
      done_title: 'Your account is ready',
      done: 'Log in to {app} with your e-mail address and your password. You can close this page.',
      expired_title: 'This link does not work any more',
      expired: 'It has been used, or is too old. If you have chosen a password with it already, log in to {app}. If not, ask for ' +
        'another link.'
    },
    errors: {
      no_email: 'Type an e-mail address, such as name@example.com.',
      no_code: 'Type the eight digits from the mail.',
      wrong_code: 'This code is wrong, or does not work any more. After five wrong codes, send another mail.',
      no_password: 'Choose a password.',
      short_password: 'This password is too short: it needs at least {min} characters.',
      long_password: 'This password is too long: it may have at most {max} characters.',
      common_password: 'Many people use this password, so it would be tried first. Choose another one.',
      guessable_password: 'This password is easy to guess for somebody who knows your address, or this service. Choose another one.',
      weak_password: 'This password is too weak. Choose another one.',
      too_many_attempts: 'These were too many attempts. Try again in {wait}.',
      registration_closed: 'Nobody can create an account here at the moment.',
      unreachable: 'The service cannot be reached. What you typed is still here: try again in a moment.',
      failed: 'That did not work, and it is not your fault. What you typed is still here: try again in a moment.'
    }
  }
}
