package dev.longshore.loadtest;

import picocli.CommandLine.Command;

/** The load generator's commands, ready to be a subcommand of another. Immutable. */
@Command(
        name = "loadtest",
        mixinStandardHelpOptions = true,
        description = "Generates load on mirrors and checks every byte that comes back.",
        subcommands = {
            Herd.class,
            Loss.class,
            Rolling.class,
            Mixed.class,
            FakeRegistryCommand.class,
            S3ServerCommand.class,
            BalancerCommand.class
        })
public final class LoadtestCommand {}
