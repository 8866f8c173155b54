package dev.longshore.loadtest;

import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** Bytes that can be read from any offset; they always read the same. Immutable. */
public interface Body {

    /** The digest under which the bytes are offered: {@code sha256:<hex>}. */
    String digest();

    long size();

    /** The bytes {@code [offset, offset + length)}, which must lie within the size. */
    Buffer read(long offset, int length);

    static Body of(byte[] bytes) {
        byte[] copy = bytes.clone();
        return new Whole(digestOf(copy), copy);
    }

    /** Pseudo-random bytes that are computed when they are read, so that their size costs no memory. */
    static Body generated(long seed, long size) {
        Generated unnamed = new Generated("", seed, size);
        MessageDigest hasher = sha256();
        for (long offset = 0; offset < size; offset += Generated.TILE) {
            hasher.update(unnamed.read(offset, (int) Math.min(Generated.TILE, size - offset))
                    .getBytes());
        }
        return new Generated(name(hasher), seed, size);
    }

    static String digestOf(byte[] bytes) {
        MessageDigest hasher = sha256();
        hasher.update(bytes);
        return name(hasher);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Finishes {@code hasher} and gives the digest that it stands for. */
    static String name(MessageDigest hasher) {
        return "sha256:" + HexFormat.of().formatHex(hasher.digest());
    }

    /** Bytes on the heap. Immutable. */
    @SuppressWarnings("ArrayRecordComponent") // compared by digest alone, never changed
    record Whole(String digest, byte[] bytes) implements Body {

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public Buffer read(long offset, int length) {
            return Buffer.buffer(length).appendBytes(bytes, (int) offset, length);
        }
    }

    /** A random tile over and over, each block stamped with the seed and its number: no two are alike. Immutable. */
    record Generated(String digest, long seed, long size) implements Body {
        static final int TILE = 1 << 20;
        private static final int BLOCK = 4096;
        private static final byte[] RANDOM = new byte[TILE];

        static {
            new Random(0).nextBytes(RANDOM);
        }

        @Override
        public Buffer read(long offset, int length) {
            long first = offset / BLOCK;
            long end = (offset + length + BLOCK - 1) / BLOCK;
            Buffer blocks = Buffer.buffer((int) (end - first) * BLOCK);
            for (long block = first; block < end; block++) {
                int at = blocks.length();
                blocks.appendBytes(RANDOM, (int) (block * BLOCK % TILE), BLOCK)
                        .setLong(at, block)
                        .setLong(at + Long.BYTES, seed);
            }
            int skipped = (int) (offset - first * BLOCK);
            return blocks.slice(skipped, skipped + length);
        }
    }

    /** A body with one bit wrong, offered under the right digest. Immutable. */
    record Flipped(Body body, long at) implements Body {

        @Override
        public String digest() {
            return body.digest();
        }

        @Override
        public long size() {
            return body.size();
        }

        @Override
        public Buffer read(long offset, int length) {
            Buffer bytes = body.read(offset, length);
            if (at >= offset && at < offset + length) {
                int position = (int) (at - offset);
                bytes.setByte(position, (byte) (bytes.getByte(position) ^ 1));
            }
            return bytes;
        }
    }
}
