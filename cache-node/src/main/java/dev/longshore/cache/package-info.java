/** What this node keeps: blobs on disk, filled once; manifests, tags and lists, and how long they stand. */
@NullMarked
package dev.longshore.cache;

import org.jspecify.annotations.NullMarked;
