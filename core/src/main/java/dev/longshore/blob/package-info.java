/** Bytes named by a digest: ranges of them, and readers that check them. */
@NullMarked
package dev.longshore.blob;

import org.jspecify.annotations.NullMarked;
