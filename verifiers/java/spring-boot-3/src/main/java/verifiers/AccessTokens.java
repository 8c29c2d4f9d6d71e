package verifiers;

import org.springframework.boot.autoconfigure.security.oauth2.resource.servlet.JwkSetUriJwtDecoderBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;

// begin docs/verifying.md
@Configuration
class AccessTokens {
  @Bean
  JwtTypeValidator accessTokensOnly() {
    return new JwtTypeValidator("at+jwt");
  }

  /** The decoder itself accepts the type JWT alone. */
  @Bean
  JwkSetUriJwtDecoderBuilderCustomizer leaveTypeToValidator() {
    return builder -> builder.validateType(false);
  }
}
// end docs/verifying.md
