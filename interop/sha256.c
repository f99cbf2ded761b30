#include "sha256.h"

#include <string.h>

enum { BLOCK_BYTES = 64, ROUNDS = 64, LENGTH_BYTES = 8 };

static const uint32_t round_constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t initial_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate(uint32_t value, int bits)
{
    return value >> bits | value << (32 - bits);
}

static uint32_t read_u32(const uint8_t *bytes)
{
    return (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 | (uint32_t) bytes[2] << 8 | bytes[3];
}

static void write_u32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; ++i)
        bytes[i] = (uint8_t) (value >> (24 - 8 * i));
}

static void expand_block(const uint8_t *block, uint32_t schedule[ROUNDS])
{
    for (int i = 0; i < 16; ++i)
        schedule[i] = read_u32(block + 4 * i);
    for (int i = 16; i < ROUNDS; ++i) {
        uint32_t early = schedule[i - 15], late = schedule[i - 2];
        uint32_t early_mix = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3;
        uint32_t late_mix = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10;
        schedule[i] = schedule[i - 16] + early_mix + schedule[i - 7] + late_mix;
    }
}

static void add_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t schedule[ROUNDS];
    expand_block(block, schedule);

    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < ROUNDS; ++i) {
        uint32_t choice = (e & f) ^ (~e & g);
        uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t sum_e = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t sum_a = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t first = h + sum_e + choice + round_constants[i] + schedule[i];
        uint32_t second = sum_a + majority;
        h = g, g = f, f = e, e = d + first;
        d = c, c = b, b = a, a = first + second;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256(const void *data, size_t length, uint8_t digest[SHA256_BYTES])
{
    uint32_t state[8];
    memcpy(state, initial_state, sizeof state);

    const uint8_t *bytes = data;
    size_t rest = length;
    for (; rest >= BLOCK_BYTES; bytes += BLOCK_BYTES, rest -= BLOCK_BYTES)
        add_block(state, bytes);

    /* The tail: the remaining bytes, one set bit, zeroes, and the length in bits; two blocks when one is too short. */
    uint8_t tail[2 * BLOCK_BYTES] = { 0 };
    if (rest > 0)
        memcpy(tail, bytes, rest);
    tail[rest] = 0x80;
    size_t tail_length = rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    uint64_t bits = (uint64_t) length * 8;
    write_u32(tail + tail_length - 8, (uint32_t) (bits >> 32));
    write_u32(tail + tail_length - 4, (uint32_t) bits);
    for (size_t offset = 0; offset < tail_length; offset += BLOCK_BYTES)
        add_block(state, tail + offset);

    for (int i = 0; i < 8; ++i)
        write_u32(digest + 4 * i, state[i]);
}

void sha256_to_hex(const uint8_t digest[SHA256_BYTES], char hex[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < SHA256_BYTES; ++i) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * SHA256_BYTES] = '\0';
}

void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_BYTES];
    sha256(data, length, digest);
    sha256_to_hex(digest, hex);
}
