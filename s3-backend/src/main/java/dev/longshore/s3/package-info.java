/** The durable tier: blobs and links in a bucket. */
@NullMarked
package dev.longshore.s3;

import org.jspecify.annotations.NullMarked;
