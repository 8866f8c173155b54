/** The load generator, and a scriptable registry to generate load against. Knows nothing of the product it measures. */
@NullMarked
package dev.longshore.loadtest;

import org.jspecify.annotations.NullMarked;
