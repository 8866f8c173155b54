package dev.longshore.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;

/**
 * Keeps what goes wrong again and again from filling the log: of warnings and errors in the same words, about the same
 * name, the first is a line, and the others are told as a number each half minute until one has passed without any. A
 * name is a text that the message begins with, as an upstream or a node; a digest or a file makes no difference. Made by
 * Logback. Thread-safe.
 */
public final class Repeats extends TurboFilter {

    private static final long PAUSE_NANOS = Duration.ofSeconds(30).toNanos();
    private static final int MOST_KINDS = 1000;
    private static final String COUNT = "{} more like this: {}";

    private final LongSupplier nanoTime;
    private final AtomicLong summedUpAt;
    private final Map<Kind, Repeated> all = new ConcurrentHashMap<>();

    private record Kind(String logger, String words, Object name, Object cause) {}

    private record Repeated(Logger logger, Level level, String first, AtomicInteger more) {}

    public Repeats() {
        this(System::nanoTime);
    }

    Repeats(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.summedUpAt = new AtomicLong(nanoTime.getAsLong());
    }

    /** Asked before each event, and also when somebody only wants to know whether there would be one. */
    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String words,
            Object @Nullable [] parts,
            @Nullable Throwable cause) {
        sumUpWhenDue();
        boolean wrong = level.isGreaterOrEqual(Level.WARN) && level.isGreaterOrEqual(logger.getEffectiveLevel());
        if (!wrong || words == null || words.equals(COUNT) || all.size() >= MOST_KINDS) {
            return FilterReply.NEUTRAL;
        }
        Object name = parts != null && parts.length > 0 && parts[0] instanceof String ? parts[0] : "";
        Kind kind = new Kind(logger.getName(), words, name, cause == null ? "" : cause.getClass());
        Repeated known = all.get(kind);
        if (known == null) {
            String first = MessageFormatter.basicArrayFormat(words, parts);
            known = all.putIfAbsent(kind, new Repeated(logger, level, first, new AtomicInteger()));
        }
        if (known == null) {
            return FilterReply.NEUTRAL;
        }
        known.more.incrementAndGet();
        return FilterReply.DENY;
    }

    /** By whoever comes along: where nothing happens, nothing goes wrong. */
    private void sumUpWhenDue() {
        long now = nanoTime.getAsLong();
        long last = summedUpAt.get();
        if (now - last < PAUSE_NANOS || !summedUpAt.compareAndSet(last, now)) {
            return;
        }
        all.forEach((kind, repeated) -> {
            int more = repeated.more.getAndSet(0);
            if (more == 0) {
                all.remove(kind);
            } else if (repeated.level.equals(Level.ERROR)) {
                repeated.logger.error(COUNT, more, repeated.first);
            } else {
                repeated.logger.warn(COUNT, more, repeated.first);
            }
        });
    }
}
