package dev.longshore.loadtest;

import java.util.concurrent.atomic.AtomicLong;

/** How far the downloads of a load have come together. Thread-safe. */
final class Progress {
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong announced = new AtomicLong();
    private final AtomicLong received = new AtomicLong();

    /** A body of so many bytes begins. */
    void begins(long length) {
        announced.addAndGet(length);
        answers.incrementAndGet();
    }

    void receives(long bytes) {
        received.addAndGet(bytes);
    }

    /** The percentage of the bytes of {@code downloads} that has come; those that have not begun are taken as average. */
    double percentOf(int downloads) {
        double average = (double) announced.get() / Math.max(1, answers.get());
        return average == 0 ? 0 : 100 * received.get() / (average * downloads);
    }
}
