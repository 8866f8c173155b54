package dev.longshore.cluster;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import org.jspecify.annotations.Nullable;

/**
 * A node brought no answer: it could not be reached, broke off, fell silent, sent what cannot be, takes no pulls now, or
 * does not let us in. It says nothing of the content; another node may have it. Immutable.
 */
public final class NodeFailure extends RuntimeException {

    private final transient Node node;

    /** @param what follows the node's name */
    public NodeFailure(Node node, String what, @Nullable Throwable cause) {
        super(node.name() + " " + what, cause, false, false);
        this.node = node;
    }

    /** Whether the node is well enough to say itself that it cannot take a pull now: it need not be avoided. */
    boolean isAnswer() {
        return getCause() instanceof RegistryException answer && answer.code() == ErrorCode.UNAVAILABLE;
    }

    /** Who failed. */
    public Node node() {
        return node;
    }
}
