package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links on this node's disk, each a small file. A disk that cannot be written costs knowledge, never an answer.
 * Thread-safe.
 */
final class DiskLinks implements RepositoryLinks {

    private static final Logger log = LoggerFactory.getLogger(DiskLinks.class);
    private static final int REMEMBERED = 50_000;

    private final Layout layout;
    private final WorkerExecutor workers;
    private final WorkerExecutor walker;
    private final Cache<Path, Boolean> known =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    /**
     * What has been noted of tags and is not on the disk yet; empty for one that is gone. As long as something is noted of
     * a tag, one worker is at it.
     */
    private final Map<Path, Optional<TagLink>> tags = new ConcurrentHashMap<>();

    private final Set<Future<Void>> underWay = ConcurrentHashMap.newKeySet();

    /**
     * The links below {@code layout}.
     *
     * @param walker for what takes long
     */
    DiskLinks(Layout layout, WorkerExecutor workers, WorkerExecutor walker) {
        this.layout = layout;
        this.walker = walker;
        this.workers = workers;
    }

    @Override
    public Future<Boolean> has(Link.OfContent link) {
        Path file = layout.link(link);
        if (known.getIfPresent(file) != null) {
            return Future.succeededFuture(true);
        }
        Future<Boolean> exists = workers.executeBlocking(() -> Files.exists(file), false);
        return exists.onSuccess(there -> {
            if (there) {
                known.put(file, true);
            }
        });
    }

    @Override
    public Future<Void> add(Link.OfContent link) {
        return add(link, Optional.empty());
    }

    /** Notes a link that others have had for nobody knows how long. */
    Future<Void> adopt(Link.OfContent link) {
        return add(link, Optional.of(Instant.EPOCH));
    }

    private Future<Void> add(Link.OfContent link, Optional<Instant> since) {
        Path file = layout.link(link);
        if (known.getIfPresent(file) != null) {
            return Future.succeededFuture();
        }
        known.put(file, true);
        return work(() -> attempt(() -> {
            if (!Files.exists(file)) {
                replace(file, link.digest());
                if (since.isPresent()) {
                    Files.setLastModifiedTime(file, FileTime.from(since.get()));
                }
            }
        }));
    }

    @Override
    public Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag) {
        Path link = layout.link(Link.tag(repository, tag));
        Optional<TagLink> noted = tags.get(link);
        return noted != null
                ? Future.succeededFuture(noted)
                : workers.executeBlocking(() -> readWithFormer(link), false);
    }

    private Optional<TagLink> readWithFormer(Path link) {
        return read(link).map(to -> new TagLink(to.digest(), to.validatedAt(), before(link, to.digest())));
    }

    /** Of all that the tag pointed to, the last other one that was here; else the last. */
    private Optional<TagLink> before(Path link, Digest now) {
        List<TagLink> formers = new ArrayList<>();
        try {
            walk(formers(link), file -> former(file).ifPresent(formers::add));
        } catch (IOException e) {
            log.debug("cannot read what was before {}: {}", link, e.toString());
        }
        return formers.stream()
                .filter(former -> !former.digest().equals(now))
                .max(Comparator.comparing((TagLink former) -> wasHere(link, former.digest()))
                        .thenComparing(TagLink::validatedAt));
    }

    /** A tag also moves to what nobody has fetched. */
    private boolean wasHere(Path tag, Digest manifest) {
        return layout.linkAt(tag)
                .filter(at -> Files.exists(layout.link(Link.revision(at.repository(), manifest))))
                .isPresent();
    }

    /** Its path has the digest, so that a tag that has moved a thousand times is not read a thousand times. */
    private Optional<TagLink> former(Path file) {
        return layout.linkAt(file)
                .flatMap(at -> at instanceof Link.OfTag tag ? tag.former() : Optional.empty())
                .flatMap(digest -> modified(file).map(at -> new TagLink(digest, at)));
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

    @Override
    public Future<Void> setTag(RepositoryName repository, Tag tag, TagLink to) {
        return note(repository, tag, Optional.of(to));
    }

    @Override
    public Future<Void> removeTag(RepositoryName repository, Tag tag) {
        return note(repository, tag, Optional.empty());
    }

    /** What was noted last stands. */
    private Future<Void> note(RepositoryName repository, Tag tag, Optional<TagLink> to) {
        Path link = layout.link(Link.tag(repository, tag));
        if (tags.put(link, to) != null) {
            return Future.succeededFuture();
        }
        return work(() -> {
            Optional<TagLink> last;
            do {
                Optional<TagLink> now = Objects.requireNonNull(tags.get(link));
                attempt(() -> point(repository, tag, now));
                last = now;
            } while (!tags.remove(link, last));
        });
    }

    private void point(RepositoryName repository, Tag tag, Optional<TagLink> to) throws IOException {
        if (to.isPresent()) {
            point(repository, tag, to.get());
        } else {
            Path link = layout.link(Link.tag(repository, tag));
            walk(formers(link), this::remove);
            remove(link);
        }
    }

    private void point(RepositoryName repository, Tag tag, TagLink to) throws IOException {
        Path link = layout.link(Link.tag(repository, tag));
        Optional<TagLink> last = read(link);
        if (!last.map(TagLink::digest).equals(Optional.of(to.digest()))) {
            replace(former(repository, tag, to.digest()), to.digest());
            // What it moved away from may have been noted and never written.
            for (Optional<TagLink> before : List.of(last, to.before())) {
                if (before.isPresent()) {
                    Path former = former(repository, tag, before.get().digest());
                    replace(former, before.get().digest());
                    Files.setLastModifiedTime(former, FileTime.from(before.get().validatedAt()));
                }
            }
            replace(link, to.digest());
        }
        Files.setLastModifiedTime(link, FileTime.from(to.validatedAt()));
    }

    /** Where the links lie of all that a tag has pointed to, beside that of now. */
    private static Path formers(Path link) {
        return link.resolve("../../index").normalize();
    }

    private Path former(RepositoryName repository, Tag tag, Digest digest) {
        return layout.link(new Link.OfTag(repository, tag, Optional.of(digest)));
    }

    private interface Write {
        void run() throws IOException;
    }

    private static void attempt(Write write) {
        try {
            write.run();
        } catch (IOException | UncheckedIOException e) {
            log.debug("cannot note a link: {}", e.toString());
        }
    }

    private Future<Void> work(Runnable work) {
        Future<Void> written = workers.executeBlocking(
                () -> {
                    work.run();
                    return null;
                },
                false);
        underWay.add(written);
        return written.onComplete(done -> underWay.remove(written));
    }

    /** Completes when what is being noted now has been. */
    Future<Void> settled() {
        return Future.join(List.copyOf(underWay)).mapEmpty();
    }

    private static void replace(Path link, Digest digest) throws IOException {
        try {
            write(link, digest);
        } catch (NoSuchFileException e) {
            // Whoever removed another link has found its folder empty.
            write(link, digest);
        }
    }

    private static void write(Path link, Digest digest) throws IOException {
        Path folder = link.resolveSibling("");
        Files.createDirectories(folder);
        Path fresh = folder.resolve(".link." + UUID.randomUUID());
        Files.writeString(fresh, digest.toString(), StandardCharsets.ISO_8859_1);
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The names of all repositories. Takes long. */
    Future<NavigableSet<String>> repositories() {
        return walker.executeBlocking(this::names, false);
    }

    private NavigableSet<String> names() throws IOException {
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
                names.add(top.relativize(folder.resolveSibling("")).toString());
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

    /** What is being noted now is purged too, and not written afterwards. */
    @Override
    public Future<Set<String>> purge(Purge purge) {
        return settled().transform(noted -> workers.executeBlocking(() -> purgeNow(purge), false));
    }

    private Set<String> purgeNow(Purge purge) throws IOException {
        Set<String> names = new TreeSet<>();
        for (String root : purge.roots()) {
            walk(
                    layout.repositories().resolve(root),
                    file -> layout.linkAt(file)
                            .filter(link -> purge.covers(link.repository(), link.reference()))
                            .filter(link -> modified(file).filter(purge::covers).isPresent())
                            .ifPresent(link -> {
                                names.add(link.toString());
                                if (!purge.dryRun()) {
                                    remove(file);
                                }
                            }));
        }
        return names;
    }

    private static Optional<Instant> modified(Path link) {
        try {
            return Optional.of(Files.getLastModifiedTime(link).toInstant());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Deletes a link, and the folders that hold nothing then. */
    private void remove(Path link) {
        try {
            Files.deleteIfExists(link);
            known.invalidate(link);
            Path folder = link.resolveSibling("");
            while (!folder.equals(layout.repositories())) {
                Files.deleteIfExists(folder);
                folder = folder.resolveSibling("");
            }
        } catch (DirectoryNotEmptyException e) {
            // Somebody else's link is in it.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Goes through all links; what is no link is passed over. Blocking, for long. */
    void each(Consumer<Upload> visitor) throws IOException {
        walk(layout.repositories(), file -> link(file).ifPresent(visitor));
    }

    private static void walk(Path top, Consumer<Path> visitor) throws IOException {
        if (!Files.isDirectory(top)) {
            return;
        }
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.endsWith("link")) {
                    visitor.accept(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private Optional<Upload> link(Path file) {
        return layout.linkAt(file).flatMap(at -> read(file).flatMap(to -> upload(at, to.digest())));
    }

    private static Optional<Upload> upload(Link at, Digest to) {
        if (at instanceof Link.OfTag tag) {
            return tag.former().isPresent()
                    ? Optional.empty()
                    : Optional.of(new Upload.OfTag(tag.repository(), tag.tag(), Optional.of(to)));
        }
        return Optional.of(new Upload.OfContent((Link.OfContent) at));
    }
}
