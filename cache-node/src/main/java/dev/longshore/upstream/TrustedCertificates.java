package dev.longshore.upstream;

import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The certificates that a TLS peer may be vouched for by. */
final class TrustedCertificates {

    private TrustedCertificates() {}

    /** Those of the Java runtime, since a redirect leads to public hosts, and those in {@code pem}, which is read now. */
    static TrustOptions with(Path pem) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (X509Certificate known : platform()) {
                store.setCertificateEntry("platform-" + store.size(), known);
            }
            try (InputStream file = Files.newInputStream(pem)) {
                for (Certificate own : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                    store.setCertificateEntry("own-" + store.size(), own);
                }
            }
            return TrustOptions.wrap(factory(store));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read certificates from " + pem, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no certificates in " + pem, e);
        }
    }

    private static X509Certificate[] platform() throws GeneralSecurityException {
        for (TrustManager manager : factory(null).getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }

    /** {@code null} stands for the runtime's own store. */
    private static TrustManagerFactory factory(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }
}
