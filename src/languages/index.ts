export { en } from './en.ts'
export type { Language, MailText, PageTexts } from './language.ts'
