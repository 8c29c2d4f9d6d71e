package verifiers;

import static verifiers.Settings.ALGORITHM;
import static verifiers.Settings.AUDIENCE;
import static verifiers.Settings.ISSUER;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.URI;
import java.util.Set;

final class WithNimbus {
  static Verifier create() throws Exception {
    // begin docs/verifying.md
    // Unless told, it waits half a second for the keys, and after a failure does not ask again for half a minute.
    var retriever = new DefaultResourceRetriever(5_000, 5_000);
    var keys = JWKSourceBuilder.create(URI.create(ISSUER + "/.well-known/jwks.json").toURL(), retriever).build();
    var processor = new DefaultJWTProcessor<SecurityContext>();
    // Without this it accepts the type JWT alone.
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.parse(ALGORITHM), keys));
    processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
        AUDIENCE, new JWTClaimsSet.Builder().issuer(ISSUER).build(), Set.of("sub", "exp")));
    // end docs/verifying.md

    return token -> {
      // begin docs/verifying.md

      JWTClaimsSet claims = processor.process(token, null);
      // end docs/verifying.md
      return new User(claims.getSubject(), claims.getStringClaim("role"));
    };
  }

  private WithNimbus() {}
}
