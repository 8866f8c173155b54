package dev.longshore.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Which requests meet which faults, changeable at any time: a request meets all lasting faults that are meant for it,
 * then those of the first entry for a number of requests that is not used up. Thread-safe.
 */
final class Script {
    private final CopyOnWriteArrayList<Lasting> lasting = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Numbered> numbered = new CopyOnWriteArrayList<>();

    void always(Predicate<Request> which, List<Fault> faults) {
        lasting.add(new Lasting(which, faults));
    }

    void next(int times, Predicate<Request> which, List<Fault> faults) {
        numbered.add(new Numbered(which, faults, new AtomicInteger(times)));
    }

    void clear() {
        lasting.clear();
        numbered.clear();
    }

    List<Fault> faultsFor(Request request) {
        List<Fault> faults = new ArrayList<>();
        lasting.stream().filter(entry -> entry.which.test(request)).forEach(entry -> faults.addAll(entry.faults));
        numbered.stream()
                .filter(entry -> entry.which.test(request) && entry.use())
                .findFirst()
                .ifPresent(entry -> faults.addAll(entry.faults));
        return faults;
    }

    private record Lasting(Predicate<Request> which, List<Fault> faults) {}

    private record Numbered(Predicate<Request> which, List<Fault> faults, AtomicInteger left) {

        boolean use() {
            return left.getAndUpdate(times -> Math.max(0, times - 1)) > 0;
        }
    }
}
