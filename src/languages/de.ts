import type { Language } from './language.ts'

const IGNORE = 'Wenn Sie das nicht waren, ignorieren Sie diese E-Mail einfach: Dann geschieht nichts.'
const CODE_EFFECT = 'Der Code gilt {minutes} Minuten. Geben Sie ihn niemandem weiter: Niemand von {app} wird Sie danach fragen.'

export const de: Language = {
  code: 'de',
  mails: {
    registration: {
      subject: 'Ihr Konto bei {app}',
      before: [
        'Jemand, höchstwahrscheinlich Sie, möchte mit dieser Adresse ein Konto bei {app} anlegen.', 'Wählen Sie dafür ein Passwort:'
      ],
      button: 'Passwort wählen',
      after: [
        'Der Link gilt {hours} Stunden. Falls Sie nach einem Code gefragt werden: Er lautet {code} und gilt {minutes} Minuten.', IGNORE
      ]
    },
    account_exists: {
      subject: 'Sie haben bereits ein Konto bei {app}',
      before: [
        'Jemand, höchstwahrscheinlich Sie, möchte diese Adresse bei {app} verwenden. Zu ihr gibt es dort schon ein Konto, deshalb hat ' +
        'sich nichts geändert.',
        'Melden Sie sich einfach an. Falls Sie Ihr Passwort vergessen haben, können Sie dort ein neues anfordern.'
      ],
      after: [IGNORE]
    },
    password_reset: {
      subject: 'Neues Passwort für {app}',
      before: ['Jemand, höchstwahrscheinlich Sie, hat ein neues Passwort für Ihr Konto bei {app} angefordert.', 'Hier wählen Sie es:'],
      button: 'Neues Passwort wählen',
      after: ['Der Link gilt {hours} Stunde und nur einmal. Danach sind Sie überall abgemeldet.', IGNORE]
    },
    invitation: {
      subject: 'Einladung zu {app}',
      before: ['Bei {app} wurde ein Konto für Sie angelegt.', 'Wählen Sie ein Passwort, um es zu nutzen:'],
      button: 'Passwort wählen',
      after: ['Der Link gilt {days} Tage. Falls Sie nicht wissen, worum es geht, ignorieren Sie diese E-Mail.']
    },
    email_verification: {
      subject: '{code} ist Ihr Code für {app}',
      before: ['Mit diesem Code bestätigen Sie, dass diese Adresse Ihnen gehört:'],
      after: [CODE_EFFECT, IGNORE]
    },
    email_change: {
      subject: '{code} ist Ihr Code für {app}',
      before: ['Mit diesem Code machen Sie diese Adresse zu der Ihres Kontos bei {app}:'],
      after: [CODE_EFFECT, IGNORE]
    },
    password_changed: {
      subject: 'Ihr Passwort bei {app} wurde geändert',
      before: ['Das Passwort Ihres Kontos bei {app} wurde geändert. Auf allen anderen Geräten sind Sie jetzt abgemeldet.'],
      after: ['Wenn Sie das nicht waren, fordern Sie sofort ein neues Passwort an, und sagen Sie dem Betreiber von {app} Bescheid.']
    },
    email_changed: {
      subject: 'Ihre Adresse bei {app} wurde geändert',
      before: [
        'Zu Ihrem Konto bei {app} gehört jetzt eine andere E-Mail-Adresse. Künftige Nachrichten gehen dorthin und nicht mehr hierher.'
      ],
      after: ['Wenn Sie das nicht waren, sagen Sie sofort dem Betreiber von {app} Bescheid.']
    },
    refresh_reuse: {
      subject: 'Eine Sitzung bei {app} wurde beendet',
      before: [
        'Eine Sitzung Ihres Kontos bei {app} wurde von zwei Seiten benutzt: Sehr wahrscheinlich hat jemand sie von einem Gerät kopiert. ' +
        'Sie wurde beendet.'
      ],
      after: [
        'Melden Sie sich neu an. Wenn Sie keine Erklärung dafür haben, beenden Sie auch Ihre anderen Sitzungen und ändern Sie Ihr Passwort.'
      ]
    }
  },
  pages: {}
}
