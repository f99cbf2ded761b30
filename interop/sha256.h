/* SHA-256 (FIPS 180-4) of one block of memory. */
#ifndef INTEROP_SHA256_H
#define INTEROP_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX_SIZE = 2 * SHA256_BYTES + 1 };

void sha256(const void *data, size_t length, uint8_t digest[SHA256_BYTES]);

/* Writes 64 lower-case hexadecimal digits and a terminating zero. */
void sha256_to_hex(const uint8_t digest[SHA256_BYTES], char hex[SHA256_HEX_SIZE]);

void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE]);

#endif
