/** Registries that stand in front of a registry: who may pull what, and answers from memory. */
@NullMarked
package dev.longshore.access;

import org.jspecify.annotations.NullMarked;
