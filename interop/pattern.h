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

#endif
