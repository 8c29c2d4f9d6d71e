package generators;

import com.fasterxml.jackson.core.JsonProcessingException;
import gatepass.ApiClient;
import gatepass.ApiException;
import gatepass.api.AccountApi;
import gatepass.api.AdminApi;
import gatepass.api.AuthenticationApi;
import gatepass.api.KeysApi;
import gatepass.api.RevocationsApi;
import gatepass.model.LoginRequest;
import gatepass.model.LogoutRequest;
import gatepass.model.Problem;
import gatepass.model.RefreshRequest;

public class Main {
  // begin docs/clients.md
  static ApiClient clientWith(String token) {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("GATEPASS_URL"));
    if (token != null) client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return client;
  }

  static Problem problemOf(ApiException exception) throws JsonProcessingException {
    return ApiClient.createDefaultObjectMapper().readValue(exception.getResponseBody(), Problem.class);
  }

  public static void main(String[] arguments) throws Exception {
    var authentication = new AuthenticationApi(clientWith(null));
    var tokens = authentication.login(new LoginRequest()
        .email(System.getenv("GATEPASS_EMAIL")).password(System.getenv("GATEPASS_PASSWORD")));
    var user = clientWith(tokens.getAccessToken());
    var me = new AccountApi(user).whoAmI();
    // end docs/clients.md
    System.out.println("login " + tokens.getSessionId());
    System.out.println("me " + me.getRole() + " " + me.getLevel());
    System.out.println("claims " + ApiClient.createDefaultObjectMapper().writeValueAsString(me.getClaims()));

    var sessions = new AccountApi(user).listMySessions(null, null).getSessions();
    System.out.println("sessions " + sessions.size() + " " + sessions.get(0).getCreatedAt());
    var keys = new KeysApi(clientWith(null)).listPublicKeys(null).getKeys();
    System.out.println("keys " + keys.get(0).getAlg() + " " + keys.get(1).getAlg());
    try {
      new AdminApi(user).listUsers(null, null, null, null);
    } catch (ApiException exception) {
      System.out.println("forbidden " + exception.getCode() + " " + problemOf(exception).getCode());
    }
    var revocations = new RevocationsApi(clientWith(System.getenv("GATEPASS_FEED_TOKEN"))).readRevocations(null, null);
    System.out.println("feed " + revocations.getKeys().getJwks().getKeys().size());

    // Keep the refresh token of each response: it is the one for the next refresh.
    var refreshed = authentication.refresh(new RefreshRequest().refreshToken(tokens.getRefreshToken()));
    System.out.println("refresh " + refreshed.getSessionId());
    authentication.logout(new LogoutRequest().refreshToken(refreshed.getRefreshToken()));
    System.out.println("logout");
    try {
      new AccountApi(clientWith(refreshed.getAccessToken())).whoAmI();
    } catch (ApiException exception) {
      System.out.println("refused " + exception.getCode() + " " + problemOf(exception).getCode());
    }
  }
}
