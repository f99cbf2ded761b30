/*
 * Reproducible pseudo-random bytes: xorshift32 with the shifts 13, 17 and 5, one step per byte, of which the low 8 bits
 * are taken. The state starts at the seed; the seed 0 means 1, because xorshift never leaves 0.
 */
#ifndef INTEROP_PATTERN_H
#define INTEROP_PATTERN_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t pattern_start(uint32_t seed)
{
    return seed == 0 ? 1 : seed;
}

static inline void pattern_fill(uint32_t *state, uint8_t *bytes, size_t length)
{
    uint32_t x = *state;
    for (size_t i = 0; i < length; ++i) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        bytes[i] = (uint8_t) x;
    }
    *state = x;
}

/*
 * What a game might send, so that it compresses: rows of 16 bytes with the packet's number, coordinates that differ in
 * few bits, and zeros. `state` is that of the pattern.
 */
static inline void game_fill(uint32_t *state, uint32_t number, uint8_t *bytes, size_t length)
{
    static const uint8_t row[16] = { 0, 0, 0, 0, 0, 0, 72, 66, 0, 0, 200, 65, 100, 0, 1, 0 };
    uint8_t noise[16];
    for (size_t i = 0; i < length; ++i) {
        size_t column = i % sizeof row;
        if (column == 0)
            pattern_fill(state, noise, sizeof noise);
        bytes[i] = row[column];
        if (column < 2)
            bytes[i] = (uint8_t) (number >> 8 * column);
        else if (column == 2)
            bytes[i] = (uint8_t) (i / sizeof row);
        else if (column == 5 || column == 9)
            bytes[i] = (uint8_t) (noise[column] & 7) << 4;
        else if (column == 12)
            bytes[i] = (uint8_t) (row[column] - (noise[column] & 15));
    }
}

#endif
