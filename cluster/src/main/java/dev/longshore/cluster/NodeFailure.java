package dev.longshore.cluster;

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

    /** Who failed. */
    public Node node() {
        return node;
    }
}
