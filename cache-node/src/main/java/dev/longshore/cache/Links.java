package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of repositories: which digests a repository has, and where its tags point. Each fact is a small
 * file in Distribution's layout. A disk that cannot be written costs knowledge, never an answer. Thread-safe.
 */
final class Links {

    private static final Logger log = LoggerFactory.getLogger(Links.class);
    private static final int REMEMBERED = 50_000;

    private final Layout layout;
    private final WorkerExecutor workers;
    private final WorkerExecutor walker;
    private final Cache<Path, Boolean> known =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    /**
     * The links below {@code layout}.
     *
     * @param walker for what takes long
     */
    Links(Layout layout, WorkerExecutor workers, WorkerExecutor walker) {
        this.layout = layout;
        this.walker = walker;
        this.workers = workers;
    }

    /** Where a tag pointed, and when the upstream last said so. */
    record TagLink(Digest digest, Instant validatedAt) {}

    /** Whether {@code repository} is known to have the blob. */
    Future<Boolean> hasLayer(RepositoryName repository, Digest digest) {
        return exists(layout.layerLink(repository, digest));
    }

    Future<Void> addLayer(RepositoryName repository, Digest digest) {
        return add(layout.layerLink(repository, digest), digest);
    }

    /** Whether {@code repository} is known to have the manifest. */
    Future<Boolean> hasRevision(RepositoryName repository, Digest digest) {
        return exists(layout.revisionLink(repository, digest));
    }

    Future<Void> addRevision(RepositoryName repository, Digest digest) {
        return add(layout.revisionLink(repository, digest), digest);
    }

    private Future<Boolean> exists(Path link) {
        if (known.getIfPresent(link) != null) {
            return Future.succeededFuture(true);
        }
        Future<Boolean> exists = workers.executeBlocking(() -> Files.exists(link), false);
        return exists.onSuccess(there -> {
            if (there) {
                known.put(link, true);
            }
        });
    }

    private Future<Void> add(Path link, Digest digest) {
        if (known.getIfPresent(link) != null) {
            return Future.succeededFuture();
        }
        known.put(link, true);
        return write(() -> {
            if (!Files.exists(link)) {
                replace(link, digest);
            }
        });
    }

    /** Where the tag points, as far as is known here. */
    Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag) {
        Path link = layout.tagLink(repository, tag);
        return workers.executeBlocking(() -> read(link), false);
    }

    private static Optional<TagLink> read(Path link) {
        try {
            Digest digest = Digest.parse(
                    Files.readString(link, StandardCharsets.ISO_8859_1).strip());
            return Optional.of(
                    new TagLink(digest, Files.getLastModifiedTime(link).toInstant()));
        } catch (IOException | RegistryException e) {
            return Optional.empty();
        }
    }

    /** Notes that the upstream said, at {@code when}, that the tag points to {@code digest}. */
    Future<Void> setTag(RepositoryName repository, Tag tag, Digest digest, Instant when) {
        Path link = layout.tagLink(repository, tag);
        return write(() -> {
            if (!read(link).map(TagLink::digest).equals(Optional.of(digest))) {
                replace(layout.tagIndexLink(repository, tag, digest), digest);
                replace(link, digest);
            }
            Files.setLastModifiedTime(link, FileTime.from(when));
        });
    }

    /** Notes that the upstream no longer has the tag. */
    Future<Void> removeTag(RepositoryName repository, Tag tag) {
        return write(() -> Files.deleteIfExists(layout.tagLink(repository, tag)));
    }

    private interface Write {
        void run() throws IOException;
    }

    private Future<Void> write(Write write) {
        return workers.executeBlocking(
                () -> {
                    try {
                        write.run();
                    } catch (IOException e) {
                        log.debug("cannot note a link: {}", e.toString());
                    }
                    return null;
                },
                false);
    }

    private static void replace(Path link, Digest digest) throws IOException {
        Path folder = link.resolveSibling("");
        Files.createDirectories(folder);
        Path fresh = folder.resolve(".link." + UUID.randomUUID());
        Files.writeString(fresh, digest.toString(), StandardCharsets.ISO_8859_1);
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The names, in order, of at most {@code limit} repositories after {@code last}. */
    Future<NavigableSet<String>> repositories(Optional<String> last, int limit) {
        return walker.executeBlocking(() -> list(last, limit), false);
    }

    private NavigableSet<String> list(Optional<String> last, int limit) throws IOException {
        NavigableSet<String> names = new TreeSet<>();
        Path top = layout.repositories();
        if (!Files.isDirectory(top)) {
            return names;
        }
        FileVisitor<Path> visitor = new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                if (!folder.endsWith("_manifests")) {
                    return folder.endsWith("_layers") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }
                String name = top.relativize(folder.resolveSibling("")).toString();
                if (last.map(after -> name.compareTo(after) > 0).orElse(true)) {
                    names.add(name);
                    if (names.size() > limit) {
                        names.pollLast();
                    }
                }
                return FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        };
        Files.walkFileTree(top, visitor);
        return names;
    }
}
