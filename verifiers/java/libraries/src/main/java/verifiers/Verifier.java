package verifiers;

interface Verifier {
  User verify(String token) throws Exception;
}
