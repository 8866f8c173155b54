package dev.longshore.cli;

import dev.longshore.blob.RangeRequest;
import dev.longshore.oci.Caller;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RegistryPath;

/** Images as people name them: {@code alpine}, {@code ghcr.io/org/app:1}, {@code app@sha256:…}. Immutable. */
final class ImageNames {

    private final RegistryPath grammar;

    ImageNames(RegistryPath grammar) {
        this.grammar = grammar;
    }

    /** The pull of {@code image}: without a tag and a digest {@code latest}; throws {@link RegistryException} for no image. */
    ManifestPull parse(String image, Caller caller) {
        int at = image.indexOf('@');
        String named = at < 0 ? image : image.substring(0, at);
        int colon = named.indexOf(':', named.lastIndexOf('/') + 1);
        String name = colon < 0 ? named : named.substring(0, colon);
        String tag = colon < 0 ? "latest" : named.substring(colon + 1);
        String reference = at < 0 ? tag : image.substring(at + 1);
        return (ManifestPull)
                grammar.parse("/v2/" + name + "/manifests/" + reference, null, false, RangeRequest.WHOLE, caller);
    }

    /** How it is called once it is known whose it is. */
    static String text(ManifestPull pull) {
        String reference = pull.reference().toString();
        return pull.repository() + (reference.indexOf(':') < 0 ? ":" : "@") + reference;
    }
}
