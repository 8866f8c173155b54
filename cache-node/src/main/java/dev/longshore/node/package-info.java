/** The parts of a node, wired together. */
@NullMarked
package dev.longshore.node;

import org.jspecify.annotations.NullMarked;
