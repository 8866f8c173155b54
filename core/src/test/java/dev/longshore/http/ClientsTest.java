package dev.longshore.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientsTest {

    private final Vertx ground = Vertx.vertx();
    private volatile String address = "127.0.0.2";

    @AfterEach
    void stop() throws Exception {
        get(ground.close());
    }

    /** As a pod of a StatefulSet does when it is replaced, while it is asked without a pause. */
    @Test
    void aHostThatMovesIsFoundThoughItIsAskedAllTheTime() throws Exception {
        DatagramSocket names = get(ground.createDatagramSocket().listen(0, "127.0.0.1"));
        names.handler(question -> names.send(
                answer(question), question.sender().port(), question.sender().host()));
        int port = get(server("before", 0, "127.0.0.2")).actualPort();
        get(server("after", port, "127.0.0.3"));
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setAddressResolverOptions(new AddressResolverOptions()
                        .addServer("127.0.0.1:" + names.localAddress().port())));
        HttpClient client = Clients.builder(vertx, new HttpClientOptions().setKeepAlive(false))
                .build();

        assertThat(ask(client, port)).isEqualTo("before");
        address = "127.0.0.3";
        await().atMost(10, SECONDS)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(ask(client, port)).isEqualTo("after"));
        get(vertx.close());
    }

    private Future<HttpServer> server(String word, int port, String host) {
        return ground.createHttpServer()
                .requestHandler(request -> request.response().end(word))
                .listen(port, host);
    }

    private static String ask(HttpClient client, int port) throws Exception {
        return get(client.request(HttpMethod.GET, port, "node-0.example", "/")
                        .compose(request -> request.send().compose(HttpClientResponse::body)))
                .toString();
    }

    /** One address, good for a second; none of version 6. RFC 1035, section 4. */
    private Buffer answer(DatagramPacket question) {
        Buffer asked = question.data();
        boolean four = asked.getUnsignedShort(asked.length() - 4) == 1;
        Buffer answer = asked.copy().setUnsignedShort(2, 0x8180).setUnsignedShort(6, four ? 1 : 0);
        if (four) {
            answer.appendUnsignedShort(0xc00c).appendUnsignedShort(1).appendUnsignedShort(1);
            answer.appendInt(1).appendUnsignedShort(4);
            for (String part : address.split("\\.", -1)) {
                answer.appendUnsignedByte(Short.parseShort(part));
            }
        }
        return answer;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, SECONDS);
    }
}
