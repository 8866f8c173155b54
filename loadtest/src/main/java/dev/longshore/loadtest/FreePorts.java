package dev.longshore.loadtest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of the loopback interface that nobody listens on, for servers that must be told theirs beforehand. */
public final class FreePorts {

    /** Below those that the system gives away by itself: some are used only later, and again after a restart. */
    private static final int FIRST = 16_000;

    private static final int END = 32_000;

    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /** So many different ones, none of which has been given to anybody in this process. */
    public static List<Integer> find(int count) {
        return ThreadLocalRandom.current()
                .ints(FIRST, END)
                .filter(FreePorts::isFree)
                .filter(GIVEN::add)
                .limit(count)
                .boxed()
                .toList();
    }

    public static int find() {
        return find(1).get(0);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
