package verifiers;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.Executors;

/** Serves GET /NAME for each verifier: 200 with user and role where the bearer token is accepted, 401 with the reason otherwise. */
final class Main {
  public static void main(String[] args) throws Exception {
    var verifiers = Map.of(
        "nimbus", WithNimbus.create(), "jose4j", WithJose4j.create(), "java-jwt", WithJavaJwt.create(), "jjwt", WithJjwt.create());
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/", exchange -> {
      var verifier = verifiers.get(exchange.getRequestURI().getPath().substring(1));
      var status = verifier == null ? 404 : 200;
      var text = "";
      try {
        if (verifier != null) {
          var user = verifier.verify(exchange.getRequestHeaders().getFirst("Authorization").replace("Bearer ", ""));
          text = "{\"user\":\"%s\",\"role\":\"%s\"}".formatted(user.id(), user.role());
        }
      } catch (Exception error) {
        status = 401;
        text = error.toString();
      }
      var body = text.getBytes();
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }

  private Main() {}
}
