package verifiers;

final class Settings {
  static final String ISSUER = System.getenv("ISSUER");
  static final String AUDIENCE = System.getenv("AUDIENCE");
  static final String ALGORITHM = System.getenv("ALGORITHM");

  private Settings() {}
}
