package dev.longshore.http;

import io.vertx.core.http.HttpHeaders;

/** The header names that HTTP libraries do not know. Source: OCI distribution-spec; containerd for {@code OCI-Namespace}. */
public final class Headers {

    public static final CharSequence API_VERSION = HttpHeaders.createOptimized("Docker-Distribution-API-Version");
    public static final CharSequence API_VERSION_2 = HttpHeaders.createOptimized("registry/2.0");
    public static final CharSequence CONTENT_DIGEST = HttpHeaders.createOptimized("Docker-Content-Digest");
    public static final CharSequence OCI_NAMESPACE = HttpHeaders.createOptimized("OCI-Namespace");
    public static final CharSequence OCI_FILTERS_APPLIED = HttpHeaders.createOptimized("OCI-Filters-Applied");
    public static final CharSequence X_CACHE = HttpHeaders.createOptimized("X-Cache");
    public static final CharSequence RANGE = HttpHeaders.createOptimized("Range");
    public static final CharSequence IF_RANGE = HttpHeaders.createOptimized("If-Range");
    public static final CharSequence LINK = HttpHeaders.createOptimized("Link");

    /** Said among gateways and nodes alone: where the bytes were read. */
    public static final CharSequence TIER = HttpHeaders.createOptimized("Longshore-Tier");

    static final CharSequence BYTES = HttpHeaders.createOptimized("bytes");
    static final CharSequence OCTET_STREAM = HttpHeaders.createOptimized("application/octet-stream");
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private Headers() {}
}
