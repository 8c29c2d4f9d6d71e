package verifiers;

import static org.jose4j.jwa.AlgorithmConstraints.ConstraintType.PERMIT;
import static verifiers.Settings.ALGORITHM;
import static verifiers.Settings.AUDIENCE;
import static verifiers.Settings.ISSUER;

import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;

final class WithJose4j {
  static Verifier create() {
    // begin docs/verifying.md
    var keys = new HttpsJwksVerificationKeyResolver(new HttpsJwks(ISSUER + "/.well-known/jwks.json"));
    var consumer = new JwtConsumerBuilder()
        .setVerificationKeyResolver(keys)
        .setJwsAlgorithmConstraints(PERMIT, ALGORITHM)
        .setExpectedType(true, "at+jwt")
        .setExpectedIssuer(ISSUER)
        .setExpectedAudience(AUDIENCE)
        .setRequireExpirationTime()
        .setAllowedClockSkewInSeconds(5)
        .build();
    // end docs/verifying.md

    return token -> {
      // begin docs/verifying.md

      JwtClaims claims = consumer.processToClaims(token);
      // end docs/verifying.md
      return new User(claims.getSubject(), claims.getStringClaimValue("role"));
    };
  }

  private WithJose4j() {}
}
