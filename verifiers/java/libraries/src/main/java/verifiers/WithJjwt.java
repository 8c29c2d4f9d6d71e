package verifiers;

import static verifiers.Settings.ALGORITHM;
import static verifiers.Settings.AUDIENCE;
import static verifiers.Settings.ISSUER;

import io.jsonwebtoken.Claims;
import io.jsonwebtoken.JwsHeader;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.Locator;
import io.jsonwebtoken.UnsupportedJwtException;
import io.jsonwebtoken.security.JwkSet;
import io.jsonwebtoken.security.Jwks;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.Key;

final class WithJjwt {
  // begin docs/verifying.md
  /** The library reads no keys: once a minute. */
  static final class Keys implements Locator<Key> {
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpRequest request = HttpRequest.newBuilder(URI.create(ISSUER + "/.well-known/jwks.json")).build();
    private JwkSet keys;
    private long readAt;

    @Override
    public synchronized Key locate(io.jsonwebtoken.Header header) {
      if (!"at+jwt".equals(header.getType()) || !ALGORITHM.equals(header.getAlgorithm())) {
        throw new UnsupportedJwtException("not an access token");
      }
      if (keys == null || System.nanoTime() - readAt > 60_000_000_000L) {
        keys = read();
        readAt = System.nanoTime();
      }
      var kid = ((JwsHeader) header).getKeyId();
      return keys.getKeys().stream().filter(key -> key.getId().equals(kid)).findFirst()
          .orElseThrow(() -> new UnsupportedJwtException("unknown key")).toKey();
    }

    private JwkSet read() {
      try {
        return Jwks.setParser().build().parse(client.send(request, BodyHandlers.ofString()).body());
      } catch (java.io.IOException | InterruptedException error) {
        throw new IllegalStateException("the keys cannot be read", error);
      }
    }
  }

  // end docs/verifying.md

  static Verifier create() {
    // begin docs/verifying.md
    var parser = Jwts.parser()
        .keyLocator(new Keys())
        .requireIssuer(ISSUER)
        .requireAudience(AUDIENCE)
        .clockSkewSeconds(5)
        .build();
    // end docs/verifying.md

    return token -> {
      // begin docs/verifying.md

      Claims claims = parser.parseSignedClaims(token).getPayload();
      // end docs/verifying.md
      return new User(claims.getSubject(), claims.get("role", String.class));
    };
  }

  private WithJjwt() {}
}
