package dev.longshore.config;

import java.nio.file.Path;

/**
 * Who may pull. Immutable.
 *
 * @param htpasswd names and bcrypt hashes
 */
public record AuthSettings(Path htpasswd) {}
