package verifiers;

record User(String id, String role) {}
