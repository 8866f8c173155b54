/** The configuration file, parsed strictly into values that cannot be wrong. */
@NullMarked
package dev.longshore.config;

import org.jspecify.annotations.NullMarked;
