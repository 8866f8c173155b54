package dev.longshore.cluster;

import dev.longshore.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that a cluster's processes share: the first signs, all verify, so that a key can be replaced while old and new
 * processes run side by side. Thread-safe.
 */
public final class ClusterKeys {

    private static final String ALGORITHM = "HmacSHA256";

    private final Supplier<List<Secret>> secrets;
    private volatile Ready ready = new Ready(List.of(), List.of());

    /** @param secrets asked at each use; they may change, and there must be at least one */
    public ClusterKeys(Supplier<List<Secret>> secrets) {
        this.secrets = secrets;
    }

    /** The signature of {@code text}, in hex. */
    String sign(String text) {
        return HexFormat.of().formatHex(hash(ready().macs.get(0), text));
    }

    /** Whether one of the keys made {@code signature}; takes equally long for every wrong one of the right length. */
    boolean verify(String text, String signature) {
        byte[] given = signature.getBytes(StandardCharsets.US_ASCII);
        boolean known = false;
        for (Mac mac : ready().macs) {
            byte[] right = HexFormat.of().formatHex(hash(mac, text)).getBytes(StandardCharsets.US_ASCII);
            known |= MessageDigest.isEqual(right, given);
        }
        return known;
    }

    /** A {@link Mac} is for one thread; a copy of one that is never used costs less than a new one. */
    private static byte[] hash(Mac unused, String text) {
        try {
            return ((Mac) unused.clone()).doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's own Mac can be copied", e);
        }
    }

    private Ready ready() {
        List<Secret> now = secrets.get();
        Ready known = ready;
        if (!known.secrets.equals(now)) {
            known = new Ready(now, now.stream().map(ClusterKeys::mac).toList());
            ready = known;
        }
        return known;
    }

    private static Mac mac(Secret secret) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.value().getBytes(StandardCharsets.UTF_8), ALGORITHM));
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, e);
        }
    }

    private record Ready(List<Secret> secrets, List<Mac> macs) {}
}
