/** The words of the registry protocol: names, digests, references, what one can pull and what one gets. */
@NullMarked
package dev.longshore.oci;

import org.jspecify.annotations.NullMarked;
