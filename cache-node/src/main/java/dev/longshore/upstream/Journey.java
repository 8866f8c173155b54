package dev.longshore.upstream;

import dev.longshore.http.ErrorBody;
import dev.longshore.http.RetryAfter;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One try at one question: past a challenge, along redirects, to content or a refusal. There is one connection in use at
 * a time. Confined to one context.
 */
final class Journey {

    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_ERROR_BYTES = 64 * 1024;

    /** Some stores keep the name of the coding that a blob was uploaded in, and send the blob as it is. */
    private static final Set<String> AS_IT_IS = Set.of("", "identity", "aws-chunked");

    private final Wire wire;
    private final Authentication authentication;
    private final RateBudget budget;
    private final InstantSource clock;
    private final Ask ask;
    private final Deadline deadline;

    private boolean atHome;
    private boolean challenged;
    private int redirects;
    private Optional<String> authorization = Optional.empty();

    Journey(
            Wire wire,
            Authentication authentication,
            RateBudget budget,
            InstantSource clock,
            Ask ask,
            Deadline deadline) {
        this.wire = wire;
        this.authentication = authentication;
        this.budget = budget;
        this.clock = clock;
        this.ask = ask;
        this.deadline = deadline;
    }

    /**
     * Sets out; once. Completes with content: a 200, or what a range is answered with, 206 or 416.
     *
     * @param home whether {@code start} is the upstream's own and may see who we are
     */
    Future<Arrival> from(Target start, boolean home) {
        atHome = home;
        if (home) {
            authorization = authentication.known(ask.repository());
        }
        return visit(start);
    }

    private Future<Arrival> visit(Target target) {
        return wire.exchange(ask.kind().label(), ask.toString(), ask.kind().method(), target, headers(), deadline)
                .compose(reply -> {
                    if (atHome) {
                        budget.observe(ask, reply);
                    }
                    return switch (reply.status()) {
                        case 401 -> atHome && !challenged ? answer(reply) : refuse(reply);
                        case 301, 302, 303, 307, 308 -> follow(reply);
                        default -> isContent(reply) ? accept(reply) : refuse(reply);
                    };
                });
    }

    private MultiMap headers() {
        MultiMap headers = HttpHeaders.headers()
                .set(HttpHeaders.ACCEPT, ask.accept())
                .set(HttpHeaders.ACCEPT_ENCODING, HttpHeaders.IDENTITY)
                .set(HttpHeaders.USER_AGENT, "longshore");
        ask.range().ifPresent(range -> headers.set(HttpHeaderNames.RANGE, range));
        authorization.ifPresent(value -> headers.set(HttpHeaders.AUTHORIZATION, value));
        return headers;
    }

    private Future<Arrival> answer(Arrival reply) {
        challenged = true;
        var challenges = Challenge.parse(reply.headers(HttpHeaderNames.WWW_AUTHENTICATE));
        return reply.discard()
                .compose(v -> authentication.answer(challenges, ask.repository(), authorization, deadline))
                .recover(e -> Future.failedFuture(ask.explain(e)))
                .compose(value -> {
                    authorization = Optional.of(value);
                    return visit(reply.from());
                });
    }

    private Future<Arrival> follow(Arrival reply) {
        return reply.discard().compose(v -> {
            Target here = reply.from();
            Target next;
            try {
                next = here.follow(reply.header(HttpHeaders.LOCATION).orElse(""));
            } catch (IllegalArgumentException e) {
                return Future.failedFuture(wrong(here.authority() + " redirects to " + e.getMessage()));
            }
            if (++redirects > MAX_REDIRECTS) {
                return Future.failedFuture(wrong("more than " + MAX_REDIRECTS + " redirects"));
            }
            if (here.tls() && !next.tls()) {
                return Future.failedFuture(wrong(here.authority() + " redirects to plain http"));
            }
            if (!next.sameOrigin(here)) {
                atHome = false;
                authorization = Optional.empty();
            }
            return visit(next);
        });
    }

    private boolean isContent(Arrival reply) {
        return reply.status() == 200 || ask.range().isPresent() && (reply.status() == 206 || reply.status() == 416);
    }

    private Future<Arrival> accept(Arrival reply) {
        Optional<String> encoding = reply.header(HttpHeaders.CONTENT_ENCODING)
                .filter(value -> !AS_IT_IS.contains(value.strip().toLowerCase(Locale.ROOT)));
        if (encoding.isEmpty()) {
            return Future.succeededFuture(reply);
        }
        RegistryException encoded = wrong("the content came encoded, which was not asked for");
        reply.cancel(encoded);
        return Future.failedFuture(encoded);
    }

    /** Its status says nearly all: what more it has to say is waited for no longer than the head was. */
    private Future<Arrival> refuse(Arrival reply) {
        return reply.body(MAX_ERROR_BYTES)
                .timeout(deadline.left(), TimeUnit.MILLISECONDS)
                .onFailure(reply::cancel)
                .map(body -> ErrorBody.parse(body).map(ErrorBody::code).orElse(""))
                .otherwise("")
                .compose(code -> Future.failedFuture(refusal(reply, code)));
    }

    private RegistryException refusal(Arrival reply, String code) {
        int status = reply.status();
        String message = ask + ": " + reply.from().authority() + " answered " + (status + " " + code).strip();
        return switch (status) {
            case 404, 410 ->
                new RegistryException(
                        code.equals("NAME_UNKNOWN")
                                ? ErrorCode.NAME_UNKNOWN
                                : ask.kind().absent(),
                        message);
            // With 412 and 451 registries refuse what their policy, or the law, forbids.
            case 401, 402, 403, 412, 423, 451 -> new RegistryException(refused(), message);
            case 400, 405, 406, 501 -> new RegistryException(ask.kind().notUnderstood(), message);
            case 429 -> waiting(reply, RegistryException.passing(ErrorCode.TOOMANYREQUESTS, message, null));
            default ->
                status >= 500
                        ? waiting(reply, RegistryException.passing(ErrorCode.UPSTREAM_UNAVAILABLE, message, null))
                        : new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, message);
        };
    }

    /** A store that a registry redirects to by an address signed for {@code GET} refuses {@code HEAD}: that says nothing. */
    private ErrorCode refused() {
        return atHome || ask.kind().method().equals(HttpMethod.GET) ? ErrorCode.DENIED : ErrorCode.UPSTREAM_UNAVAILABLE;
    }

    private RegistryException waiting(Arrival reply, RegistryException failure) {
        return RetryAfter.of(reply, clock).map(failure::retryAfter).orElse(failure);
    }

    private RegistryException wrong(String what) {
        return new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, ask + ": " + what);
    }
}
