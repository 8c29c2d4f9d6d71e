import gatepass.apis.AccountApi
import gatepass.apis.AdminApi
import gatepass.apis.AuthenticationApi
import gatepass.apis.KeysApi
import gatepass.infrastructure.ApiClient
import gatepass.infrastructure.ClientError
import gatepass.infrastructure.ClientException
import gatepass.infrastructure.Serializer
import gatepass.models.LoginRequest
import gatepass.models.LogoutRequest
import gatepass.models.Problem
import gatepass.models.RefreshRequest

// begin docs/clients.md
/** The problem document of a refused request. */
fun problemOf(exception: ClientException): Problem? {
    val body = (exception.response as? ClientError<*>)?.body as? String ?: return null
    return Serializer.moshi.adapter(Problem::class.java).fromJson(body)
}

fun main() {
    val address = System.getenv("GATEPASS_URL")
    val authentication = AuthenticationApi(address)
    val account = AccountApi(address)

    val tokens = authentication.login(LoginRequest(System.getenv("GATEPASS_EMAIL"), System.getenv("GATEPASS_PASSWORD")))
    ApiClient.accessToken = tokens.accessToken
    val me = account.whoAmI()
    // end docs/clients.md
    println("login ${tokens.sessionId}")
    println("me ${me.role} ${me.level}")
    println("claims ${Serializer.moshi.adapter(Any::class.java).toJson(me.claims)}")

    val sessions = account.listMySessions().sessions
    println("sessions ${sessions.size} ${sessions.first().createdAt}")
    println("keys ${KeysApi(address).listPublicKeys().propertyKeys.joinToString(" ") { it.alg.value }}")
    try {
        AdminApi(address).listUsers()
    } catch (exception: ClientException) {
        println("forbidden ${exception.statusCode} ${problemOf(exception)?.code}")
    }

    // Keep the refresh token of each response: it is the one for the next refresh.
    val refreshed = authentication.refresh(RefreshRequest(refreshToken = tokens.refreshToken))
    ApiClient.accessToken = refreshed.accessToken
    println("refresh ${refreshed.sessionId}")
    authentication.logout(LogoutRequest(refreshToken = refreshed.refreshToken))
    println("logout")
    try {
        account.whoAmI()
    } catch (exception: ClientException) {
        println("refused ${exception.statusCode} ${problemOf(exception)?.code}")
    }
}
