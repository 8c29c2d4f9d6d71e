export { createAccountServices, type AccountOwner, type AccountService } from './account-service.ts'
export { createAdminServices, type AdminService } from './admin-service.ts'
export { inviteUser, sendPasswordMail } from './invitations.ts'
export { updateUser, type ChangeContext } from './update-user.ts'
