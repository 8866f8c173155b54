/** The registries that are mirrored, and everything it takes to pull from one: tokens, redirects, retries, limits. */
@NullMarked
package dev.longshore.upstream;

import org.jspecify.annotations.NullMarked;
