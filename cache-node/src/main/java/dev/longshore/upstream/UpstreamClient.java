package dev.longshore.upstream;

import dev.longshore.config.UpstreamSettings;
import dev.longshore.http.Contexts;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * From a question to one upstream to the head of its answer: when it may be asked, how often it is tried, and that an
 * answer of any kind comes within its first-byte time-out. Thread-safe.
 */
final class UpstreamClient {

    private static final int MAX_TRIES = 3;
    private static final long BACK_OFF_MILLIS = 100;

    /** A body may wait for a connection for longer than a question may take: others are using them, nothing is wrong. */
    private static final Duration BODY_PATIENCE = Duration.ofSeconds(30);

    /** What has come of a body is not thrown away because others have the connections: its turn will come. */
    private static final Duration MORE_PATIENCE = Duration.ofMinutes(10);

    private static final Duration WHEN_BUSY = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Target home;
    private final Duration firstByte;
    private final Wire wire;
    private final Authentication authentication;
    private final RateBudget budget;
    private final Permits permits;
    private final Outage outage;
    private final InstantSource clock;

    UpstreamClient(
            Vertx vertx,
            UpstreamSettings settings,
            ProxyEnvironment proxies,
            MeterRegistry registry,
            InstantSource clock) {
        UpstreamMeters meters = new UpstreamMeters(settings.name(), registry);
        this.vertx = vertx;
        this.home = Target.of(settings.url());
        this.firstByte = settings.timeouts().firstByte();
        this.wire = new Wire(vertx, settings, proxies, meters);
        this.authentication = new Authentication(settings, new BearerTokens(vertx, wire, settings, clock));
        this.budget = new RateBudget(clock);
        meters.watch(budget);
        this.permits = new Permits(vertx, settings.connections());
        this.outage = new Outage(settings.name(), clock);
        this.clock = clock;
    }

    /** Asks the upstream. The answer is the caller's to read or cancel; every failure is a {@link RegistryException}. */
    Future<Arrival> open(Ask ask) {
        return budget.refusal(ask)
                .<Future<Arrival>>map(Future::failedFuture)
                .orElseGet(() -> open(ask, home.at(ask.uri()), true));
    }

    /** Asks where an answer came from before, as a redirect's target, without saying who we are. */
    Future<Arrival> openAt(Ask ask, Target target) {
        return open(ask, target, false);
    }

    /** Whether an answer came from the upstream itself. */
    boolean isHome(Target target) {
        return home.sameOrigin(target);
    }

    Outage outage() {
        return outage;
    }

    private Future<Arrival> open(Ask ask, Target start, boolean atHome) {
        Deadline asked = Deadline.in(firstByte);
        return Contexts.here(vertx, permits.acquire(ask.isBody(), patience(ask)))
                .recover(e -> Future.failedFuture(busy(ask)))
                .compose(permit -> {
                    Deadline deadline = ask.isBody() ? Deadline.in(firstByte) : asked;
                    return attempt(ask, start, atHome, deadline, 1)
                            .map(reply -> reply.holding(permit))
                            .onFailure(e -> permit.release());
                })
                .onComplete(result -> outage.observe(result.cause()));
    }

    private Duration patience(Ask ask) {
        return !ask.isBody() ? firstByte : ask.continued() ? MORE_PATIENCE : BODY_PATIENCE;
    }

    private static RegistryException busy(Ask ask) {
        return RegistryException.passing(
                        ErrorCode.UPSTREAM_BUSY, ask + ": all connections to it were busy for too long", null)
                .retryAfter(WHEN_BUSY);
    }

    private Future<Arrival> attempt(Ask ask, Target start, boolean atHome, Deadline deadline, int number) {
        return new Journey(wire, authentication, budget, clock, ask, deadline)
                .from(start, atHome)
                .recover(e -> {
                    Duration pause = backOff(number);
                    return number < MAX_TRIES && mayPass(e) && deadline.leaves(pause)
                            ? vertx.timer(pause.toMillis(), TimeUnit.MILLISECONDS)
                                    .compose(v -> attempt(ask, start, atHome, deadline, number + 1))
                            : Future.failedFuture(e);
                });
    }

    /** An upstream that says when it wants to be asked again is not asked before. */
    private static boolean mayPass(Throwable failure) {
        return failure instanceof RegistryException e
                && e.retryable()
                && e.code() != ErrorCode.TOOMANYREQUESTS
                && e.retryAfter().isEmpty();
    }

    private static Duration backOff(int number) {
        long millis = BACK_OFF_MILLIS << (number - 1);
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis));
    }
}
