export { type AccountService, createAccountServices, type AccountOwner } from './account-service.ts'
export { type AdminService, createAdminServices } from './admin-service.ts'
export { updateUser } from './update-user.ts'
