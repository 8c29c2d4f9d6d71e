export { createAccountServices, type AccountOwner, type AccountService } from './account-service.ts'
export { createAdminServices, type AdminService } from './admin-service.ts'
export { updateUser } from './update-user.ts'
