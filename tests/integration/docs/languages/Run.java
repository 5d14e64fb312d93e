import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Scanner;

final class Run {
    private static byte[] bytes(String part) {
        return Base64.getDecoder().decode(part);
    }

    private static String text(String part) {
        return part.equals("-") ? null : new String(bytes(part), StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws GeneralSecurityException {
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            String[] parts = lines.nextLine().split("\t", -1);
            String said = "accepted";
            try {
                Webhook.verify(text(parts[0]), text(parts[1]), bytes(parts[2]), text(parts[3]), Long.parseLong(parts[4]));
            } catch (GeneralSecurityException problem) {
                said = problem.getMessage();
            }
            System.out.println(said + "\t" + Webhook.dedupeKey(bytes(parts[2])));
        }
    }
}
