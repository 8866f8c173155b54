/** The wire: any {@link dev.longshore.oci.Registry} published over HTTP. */
@NullMarked
package dev.longshore.http;

import org.jspecify.annotations.NullMarked;
