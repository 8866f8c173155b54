/** Who owns a digest, who is fetching it, and the way to a node. */
@NullMarked
package dev.longshore.cluster;

import org.jspecify.annotations.NullMarked;
