package dev.longshore.loadtest;

import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Is a TCP balancer until it is killed. Confined to the thread that calls it. */
@Command(
        name = "balancer",
        mixinStandardHelpOptions = true,
        description = {
            "A plain TCP balancer on 127.0.0.1 until it is killed: backends in turn;",
            "one that refuses is passed over, and tried again after a second."
        })
final class BalancerCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--listen", paramLabel = "PORT", description = "0, the default, takes a free port.")
    private int port;

    @Option(
            names = "--to",
            paramLabel = "HOST:PORT",
            required = true,
            arity = "1..*",
            converter = AddressConverter.class,
            description = "The backends.")
    private List<SocketAddress> backends = List.of();

    @Override
    public Integer call() throws InterruptedException {
        try (Balancer balancer = Balancer.start(port, backends)) {
            spec.commandLine().getOut().printf("http://127.0.0.1:%d%n", balancer.port());
            spec.commandLine().getOut().flush();
            new CountDownLatch(1).await();
            return 0;
        }
    }

    /** Reads {@code 127.0.0.1:5000}. Immutable. */
    static final class AddressConverter implements ITypeConverter<SocketAddress> {

        @Override
        public SocketAddress convert(String text) {
            int colon = text.lastIndexOf(':');
            try {
                return SocketAddress.inetSocketAddress(
                        Integer.parseInt(text.substring(colon + 1)), text.substring(0, Math.max(0, colon)));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is not HOST:PORT");
            }
        }
    }
}
