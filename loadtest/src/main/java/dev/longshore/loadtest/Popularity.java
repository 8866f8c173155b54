package dev.longshore.loadtest;

import java.util.Arrays;
import java.util.Random;

/**
 * Zipf's law over a number of things: the k-th is asked for in proportion to 1 / k^exponent; with exponent 0 all are
 * alike. Immutable but for its source of chance.
 */
final class Popularity {
    private final double[] cumulative;
    private final Random chance;

    Popularity(int things, double exponent, Random chance) {
        this.cumulative = new double[things];
        this.chance = chance;
        double sum = 0;
        for (int rank = 0; rank < things; rank++) {
            sum += Math.pow(rank + 1, -exponent);
            cumulative[rank] = sum;
        }
    }

    /** The index of a thing, the most popular being 0. */
    int draw() {
        int found = Arrays.binarySearch(cumulative, chance.nextDouble() * cumulative[cumulative.length - 1]);
        return found >= 0 ? found : -found - 1;
    }
}
