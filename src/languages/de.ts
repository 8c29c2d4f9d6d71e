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
    },
    second_factor_changed: {
      subject: 'Ihre Anmeldung bei {app} wurde geändert',
      before: [
        'Ein zweiter Faktor oder ein Passkey Ihres Kontos bei {app} wurde hinzugefügt oder entfernt, oder es gibt neue ' +
        'Wiederherstellungscodes.'
      ],
      after: [
        'Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort, sehen Sie Ihre Passkeys durch, und sagen Sie dem Betreiber von {app} ' +
        'Bescheid.'
      ]
    },
    recovery_code_used: {
      subject: 'Ein Wiederherstellungscode für {app} wurde benutzt',
      before: ['Einer der Wiederherstellungscodes Ihres Kontos bei {app} wurde benutzt. Er gilt nicht mehr; die anderen gelten weiter.'],
      after: [
        'Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort, erzeugen Sie neue Codes, und sagen Sie dem Betreiber von {app} Bescheid.'
      ]
    },
    second_factor_attempts: {
      subject: 'Falsche Codes für Ihr Konto bei {app}',
      before: [
        'Jemand, der das Passwort Ihres Kontos bei {app} kennt, hat mehrmals einen falschen Code eingegeben und muss jetzt warten.'
      ],
      after: [
        'Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort. Mit einem Wiederherstellungscode oder einem Passkey können Sie sich ' +
        'jederzeit anmelden.'
      ]
    },
    passkey_copied: {
      subject: 'Einer Ihrer Passkeys bei {app} wurde vielleicht kopiert',
      before: [
        'Ein Passkey Ihres Kontos bei {app} wurde benutzt, und sein Zähler ist nicht gestiegen. Vielleicht haben ihn zwei Geräte.'
      ],
      after: ['Wenn Sie keine Erklärung dafür haben, entfernen Sie diesen Passkey, und richten Sie einen neuen ein.']
    }
  },
  pages: {
    noscript: 'Diese Seite braucht JavaScript. Erlauben Sie es für diese Seite, und laden Sie sie neu.',
    email: 'E-Mail-Adresse',
    code: 'Code aus der E-Mail',
    password: 'Neues Passwort',
    show_password: 'Passwort anzeigen',
    code_hint: 'Acht Ziffern. Sie gelten {minutes} Minuten lang.',
    password_hint: 'Mindestens {min} Zeichen. Mehrere Wörter merkt man sich leichter als Sonderzeichen, und sie sind schwerer zu erraten.',
    busy: 'Einen Moment bitte …',
    no_mail: 'Ist nach einigen Minuten keine E-Mail da? Sehen Sie auch im Spam-Ordner nach.',
    register: {
      title: 'Konto anlegen',
      closed: 'Hier kann zurzeit niemand ein Konto anlegen. Wenden Sie sich an den Betreiber von {app}.',
      ask: 'Geben Sie Ihre E-Mail-Adresse ein. Sie erhalten eine E-Mail, mit der Sie ein Passwort wählen.',
      ask_button: 'E-Mail senden',
      sent_title: 'Sehen Sie in Ihr Postfach',
      sent: 'Eine E-Mail an {email} ist unterwegs. Öffnen Sie den Link darin, oder machen Sie hier mit dem Code daraus weiter. ' +
        'Falls Sie mit dieser Adresse schon ein Konto haben, steht das in der E-Mail.',
      ask_again: 'Noch eine E-Mail senden',
      choose: 'Wählen Sie ein Passwort für Ihr Konto.',
      choose_button: 'Konto anlegen',
      done_title: 'Ihr Konto ist angelegt',
      done: 'Melden Sie sich bei {app} mit Ihrer E-Mail-Adresse und Ihrem Passwort an. Sie können diese Seite schließen.',
      expired_title: 'Dieser Link gilt nicht mehr',
      expired: 'Er wurde schon benutzt oder ist zu alt. Wenn Sie damit schon ein Passwort gewählt haben, melden Sie sich bei {app} an. ' +
        'Sonst fordern Sie eine neue E-Mail an.'
    },
    reset: {
      title: 'Neues Passwort wählen',
      ask: 'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Sie erhalten eine E-Mail, mit der Sie ein neues Passwort wählen.',
      ask_button: 'E-Mail senden',
      sent_title: 'Sehen Sie in Ihr Postfach',
      sent: 'Falls es ein Konto mit der Adresse {email} gibt, ist eine E-Mail dorthin unterwegs. Öffnen Sie den Link darin.',
      ask_again: 'Noch eine E-Mail senden',
      choose: 'Es ersetzt das alte Passwort Ihres Kontos, und Sie werden überall abgemeldet.',
      choose_button: 'Passwort speichern',
      done_title: 'Ihr Passwort ist gespeichert',
      done: 'Sie wurden überall abgemeldet. Melden Sie sich bei {app} mit dem neuen Passwort an. Sie können diese Seite schließen.',
      expired_title: 'Dieser Link gilt nicht mehr',
      expired: 'Er wurde schon benutzt oder ist zu alt. Wenn Sie damit schon ein Passwort gewählt haben, melden Sie sich bei {app} an. ' +
        'Sonst fordern Sie eine neue E-Mail an.'
    },
    invite: {
      title: 'Passwort wählen',
      no_link: 'Öffnen Sie den Link in Ihrer Einladung: Er führt hierher, und Sie wählen damit ein Passwort. Ist er verloren, ' +
        'fordern Sie einen neuen an.',
      ask_again: 'Neuen Link anfordern',
      choose: 'Bei {app} gibt es ein Konto für Sie. Wählen Sie ein Passwort, um es zu benutzen.',
      choose_button: 'Passwort speichern',
      done_title: 'Ihr Konto ist bereit',
      done: 'Melden Sie sich bei {app} mit Ihrer E-Mail-Adresse und Ihrem Passwort an. Sie können diese Seite schließen.',
      expired_title: 'Dieser Link gilt nicht mehr',
      expired: 'Er wurde schon benutzt oder ist zu alt. Wenn Sie damit schon ein Passwort gewählt haben, melden Sie sich bei {app} an. ' +
        'Sonst fordern Sie einen neuen Link an.'
    },
    errors: {
      no_email: 'Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.',
      no_code: 'Geben Sie die acht Ziffern aus der E-Mail ein.',
      wrong_code: 'Dieser Code ist falsch oder gilt nicht mehr. Nach fünf falschen Codes hilft nur eine neue E-Mail.',
      no_password: 'Wählen Sie ein Passwort.',
      short_password: 'Dieses Passwort ist zu kurz: Es braucht mindestens {min} Zeichen.',
      long_password: 'Dieses Passwort ist zu lang: Es darf höchstens {max} Zeichen haben.',
      common_password: 'Dieses Passwort benutzen viele, deshalb würde es zuerst ausprobiert. Wählen Sie ein anderes.',
      guessable_password: 'Wer Ihre Adresse oder diesen Dienst kennt, kann dieses Passwort leicht erraten. Wählen Sie ein anderes.',
      weak_password: 'Dieses Passwort ist zu schwach. Wählen Sie ein anderes.',
      too_many_attempts: 'Das waren zu viele Versuche. In {wait} können Sie es wieder versuchen.',
      registration_closed: 'Hier kann zurzeit niemand ein Konto anlegen.',
      unreachable: 'Der Dienst ist nicht erreichbar. Ihre Eingaben sind noch da: Versuchen Sie es gleich noch einmal.',
      failed: 'Das hat nicht geklappt, und es liegt nicht an Ihnen. Ihre Eingaben sind noch da: Versuchen Sie es gleich noch einmal.'
    }
  }
}
