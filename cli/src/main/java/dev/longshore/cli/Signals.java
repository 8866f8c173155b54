package dev.longshore.cli;

import java.lang.reflect.Proxy;

/**
 * What the process does on SIGTERM and Ctrl-C. A shutdown hook cannot do it: it neither sees a second signal nor decides
 * the exit code. By reflection, because nothing silences javac's warning about {@code sun.misc.Signal}, which has no
 * successor. Thread-safe.
 */
final class Signals {

    private Signals() {}

    /** Runs {@code action}, on a thread of its own, each time the process gets the signal: {@code TERM}, {@code INT}. */
    static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("every JDK has sun.misc.Signal", e);
        }
    }
}
