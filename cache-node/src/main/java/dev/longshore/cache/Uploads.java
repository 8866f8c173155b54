package dev.longshore.cache;

/** Where is noted what the bucket is to have, sooner or later. */
interface Uploads {

    /** There is no bucket. */
    Uploads NONE = upload -> {};

    /** Notes {@code upload}; never blocks, never fails. From any thread. */
    void add(Upload upload);
}
