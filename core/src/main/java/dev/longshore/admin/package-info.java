/** What operators have a mirror do: bring whole images into its cache. */
@NullMarked
package dev.longshore.admin;

import org.jspecify.annotations.NullMarked;
