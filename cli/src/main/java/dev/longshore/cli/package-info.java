/** The longshore command: wires the roles, and talks to people. */
@NullMarked
package dev.longshore.cli;

import org.jspecify.annotations.NullMarked;
