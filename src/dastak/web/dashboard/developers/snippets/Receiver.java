import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Receiver {
    /** Yours is a table with a unique constraint. */
    static final Set<String> HANDLED = ConcurrentHashMap.newKeySet();

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.createContext("/", Receiver::receive);
        server.start();
    }

    static void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String timestamp = exchange.getRequestHeaders().getFirst("x-webhook-timestamp");
        String signature = exchange.getRequestHeaders().getFirst("x-webhook-signature");
        int status = 200;
        try {
            Webhook.verify(timestamp, signature, body, System.getenv("CLIENT_SECRET"), System.currentTimeMillis());
            if (HANDLED.add(Webhook.dedupeKey(body))) {
                System.out.println(new String(body, StandardCharsets.UTF_8));
            }
        } catch (GeneralSecurityException problem) {
            status = 401;
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }
}

final class Webhook {
    /** Checks the raw body of a webhook: the bytes of the request, before anything parses them. A header may be null. */
    static void verify(String timestamp, String signature, byte[] body, String secret, long nowMillis)
            throws GeneralSecurityException {
        if (timestamp == null || signature == null) {
            throw new GeneralSecurityException("missing_header");
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update(timestamp.getBytes(StandardCharsets.UTF_8));
        byte[] expected = Base64.getEncoder().encode(mac.doFinal(body));
        if (!MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8))) {
            throw new GeneralSecurityException("signature_mismatch");
        }
        if (!timestamp.matches("[0-9]{1,16}") || Math.abs(nowMillis - Long.parseLong(timestamp)) > 300_000) {
            throw new GeneralSecurityException("stale_timestamp");
        }
    }

    static String dedupeKey(byte[] body) throws GeneralSecurityException {
        return String.format("%064x", new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(body)));
    }
}
