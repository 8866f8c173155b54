/** The front door of a cluster: routing, resuming, admission. */
@NullMarked
package dev.longshore.gateway;

import org.jspecify.annotations.NullMarked;
