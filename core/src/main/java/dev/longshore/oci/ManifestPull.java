package dev.longshore.oci;

/**
 * A manifest or an index, by tag or by digest. Immutable.
 *
 * @param head only the descriptor is wanted
 */
public record ManifestPull(Caller caller, RepositoryName repository, Reference reference, boolean head)
        implements Pull {

    /** The same pull for another reference. */
    public ManifestPull of(Reference other) {
        return new ManifestPull(caller, repository, other, head);
    }

    /** The same pull, for the descriptor alone or for the content. */
    public ManifestPull asHead(boolean only) {
        return new ManifestPull(caller, repository, reference, only);
    }
}
