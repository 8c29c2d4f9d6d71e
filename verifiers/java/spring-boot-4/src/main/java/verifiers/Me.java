package verifiers;

import java.util.Map;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Me {
  @GetMapping("/spring-boot-4")
  Map<String, String> me(Authentication user) {
    var role = user.getAuthorities().stream().map(authority -> authority.getAuthority()).filter(name -> name.startsWith("ROLE_"));
    return Map.of("user", user.getName(), "role", role.findFirst().orElseThrow().substring("ROLE_".length()));
  }
}
