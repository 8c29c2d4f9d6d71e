package verifiers;

import io.quarkus.security.Authenticated;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import org.eclipse.microprofile.jwt.JsonWebToken;

@Path("/quarkus-oidc")
@Authenticated
public class Me {
  private final JsonWebToken token;
  private final SecurityIdentity identity;

  Me(JsonWebToken token, SecurityIdentity identity) {
    this.token = token;
    this.identity = identity;
  }

  @GET
  public String me() {
    return "{\"user\":\"%s\",\"role\":\"%s\"}".formatted(token.getSubject(), String.join(" ", identity.getRoles()));
  }
}
