/** The {@code longshore} command: reads the command line, assembles a role, and sees it through to its end. */
@NullMarked
package dev.longshore.cli;

import org.jspecify.annotations.NullMarked;
