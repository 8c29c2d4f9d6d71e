export { de } from './de.ts'
export { en } from './en.ts'
export { findLanguageFault, isLanguage } from './fault.ts'
export type { Language, MailText, PageTexts } from './language.ts'
