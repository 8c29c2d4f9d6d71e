package verifiers;

import static verifiers.Settings.AUDIENCE;
import static verifiers.Settings.ISSUER;

import com.auth0.jwk.JwkProviderBuilder;
import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.exceptions.JWTVerificationException;
import com.auth0.jwt.interfaces.DecodedJWT;
import java.net.URI;
import java.security.interfaces.ECPublicKey;
import java.util.concurrent.TimeUnit;

final class WithJavaJwt {
  static Verifier create() throws Exception {
    // begin docs/verifying.md
    // Without `cached` it keeps a key for ten hours.
    var keys = new JwkProviderBuilder(URI.create(ISSUER + "/.well-known/jwks.json").toURL())
        .cached(5, 5, TimeUnit.MINUTES)
        .build();
    // end docs/verifying.md

    return token -> {
      // begin docs/verifying.md

      DecodedJWT decoded = JWT.decode(token);
      if (!"at+jwt".equals(decoded.getType())) throw new JWTVerificationException("not an access token");
      var key = (ECPublicKey) keys.get(decoded.getKeyId()).getPublicKey();
      DecodedJWT claims = JWT.require(Algorithm.ECDSA256(key))
          .withIssuer(ISSUER)
          .withAudience(AUDIENCE)
          .withClaimPresence("exp")
          .acceptLeeway(5)
          .build()
          .verify(decoded);
      // end docs/verifying.md
      return new User(claims.getSubject(), claims.getClaim("role").asString());
    };
  }

  private WithJavaJwt() {}
}
