package dev.longshore.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Arrays;

/** Who may know whom: the command assembles everything and nobody knows it; the words of the registry know nobody. */
@AnalyzeClasses(packages = "dev.longshore", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final String[] CORE = {
        "dev.longshore.oci..",
        "dev.longshore.blob..",
        "dev.longshore.http..",
        "dev.longshore.access..",
        "dev.longshore.admin..",
        "dev.longshore.config.."
    };
    private static final String[] CLUSTER = {"dev.longshore.cluster.."};
    private static final String[] S3 = {"dev.longshore.s3.."};
    private static final String[] GATEWAY = {"dev.longshore.gateway.."};
    private static final String[] CACHE_NODE = {"dev.longshore.upstream..", "dev.longshore.cache.."};
    private static final String[] CLI = {"dev.longshore.cli.."};
    private static final String[] LOADTEST = {"dev.longshore.loadtest.."};

    @ArchTest
    static final ArchRule coreKnowsNoRole = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(CLUSTER, S3, CACHE_NODE, GATEWAY, CLI, LOADTEST));

    @ArchTest
    static final ArchRule theClusterKnowsNoRole = noClasses()
            .that()
            .resideInAnyPackage(join(CLUSTER, S3))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(CACHE_NODE, GATEWAY, CLI, LOADTEST));

    @ArchTest
    static final ArchRule theClusterAndTheBucketDoNotKnowEachOther = noClasses()
            .that()
            .resideInAnyPackage(CLUSTER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(S3);

    @ArchTest
    static final ArchRule theCacheDoesNotKnowTheCommand = noClasses()
            .that()
            .resideInAnyPackage(CACHE_NODE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(GATEWAY, CLI, LOADTEST));

    @ArchTest
    static final ArchRule theGatewayDoesNotKnowTheCache = noClasses()
            .that()
            .resideInAnyPackage(GATEWAY)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(S3, CACHE_NODE, CLI, LOADTEST));

    @ArchTest
    static final ArchRule onlyTheClusterKnowsHazelcast = noClasses()
            .that()
            .resideOutsideOfPackages(CLUSTER)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.hazelcast..");

    /** The S3 server of a load is made of S3Proxy, which speaks in the SDK's types. */
    @ArchTest
    static final ArchRule onlyTheBackendKnowsTheSdk = noClasses()
            .that()
            .resideOutsideOfPackages(join(S3, LOADTEST))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("software.amazon.awssdk..");

    @ArchTest
    static final ArchRule theLoadGeneratorKnowsNothingOfTheProduct = noClasses()
            .that()
            .resideInAnyPackage(LOADTEST)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(CORE, CLUSTER, S3, CACHE_NODE, GATEWAY, CLI));

    @ArchTest
    static final ArchRule everyPackageBelongsToAModule =
            classes().should().resideInAnyPackage(join(CORE, CLUSTER, S3, CACHE_NODE, GATEWAY, CLI, LOADTEST));

    /** A manifest has a digest and a blob comes from a repository: these two packages are one vocabulary. */
    @ArchTest
    static final ArchRule packagesOfAModuleDependOneWay =
            slices().assignedFrom(new Packages()).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheConfigurationReadsYaml = noClasses()
            .that()
            .resideOutsideOfPackage("dev.longshore.config..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson.dataformat..");

    @ArchTest
    static final ArchRule onlyTheCommandParsesACommandLine = noClasses()
            .that()
            .resideOutsideOfPackages(join(CLI, LOADTEST))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule caffeineStaysBehindWhoOwnsTheCache = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.longshore.access..",
                    "dev.longshore.cache..",
                    "dev.longshore.http..",
                    "dev.longshore.upstream..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.github.benmanes.caffeine..");

    private static String[] join(String[]... groups) {
        return Arrays.stream(groups).flatMap(Arrays::stream).toArray(String[]::new);
    }

    private static final class Packages implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getPackageName();
            return SliceIdentifier.of(name.equals("dev.longshore.blob") ? "dev.longshore.oci" : name);
        }

        @Override
        public String getDescription() {
            return "packages, blob being one with oci";
        }
    }
}
