import { Rejection } from 'gatepass-verify/web'
import { readCredential } from '../../../lib/current-user'
import { guardReports } from '../../../lib/gatepass'

export async function GET (): Promise<Response> {
  try {
    const user = await guardReports(await readCredential())
    return Response.json({ reader: user.id, isAdmin: user.isAdmin() })
  } catch (error) {
    if (error instanceof Rejection) return error.toResponse()
    throw error
  }
}
