package dev.longshore.s3;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/** What a bucket was asked, as numbers: each attempt, by operation and status. Thread-safe. */
final class S3Meters implements ExecutionInterceptor {

    private final MeterRegistry registry;

    S3Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
        asked(operation(attributes), Integer.toString(context.httpResponse().statusCode()));
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        if (context.httpResponse().isEmpty()) {
            asked(operation(attributes), "none");
        }
    }

    private static String operation(ExecutionAttributes attributes) {
        return String.valueOf(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME));
    }

    void asked(String operation, String code) {
        Counter.builder("longshore.s3.requests")
                .description("Requests to the bucket; none for those without an answer")
                .tag("operation", operation)
                .tag("code", code)
                .register(registry)
                .increment();
    }
}
