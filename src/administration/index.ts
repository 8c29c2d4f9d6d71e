export { type Account, createAccounts, type Owner } from './account-service.ts'
export { type Administration, createAdministration } from './admin-service.ts'
export { changeUser } from './update-user.ts'
