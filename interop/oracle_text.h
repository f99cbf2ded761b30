/* Reading command lines and writing answers. */
#ifndef INTEROP_ORACLE_TEXT_H
#define INTEROP_ORACLE_TEXT_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The next input line without its end, or NULL at the end of input. Flushes the answers before it waits. */
char *read_line(void);

/* Splits a line at blanks, in place; the number of words, or limit + 1 when there are more than `limit`. */
int split_words(char *line, char **words, int limit);

bool parse_u32(const char *text, uint32_t *value);
bool parse_ip(const char *text, uint32_t *host);

/* The number of bytes that a hexadecimal word stands for ("-" is the empty one), or -1 when it is malformed. */
long hex_length(const char *word);
/* Decodes a word that hex_length() accepted; `bytes` may be the word itself. */
void hex_decode(const char *word, uint8_t *bytes);

void write_hex(const uint8_t *bytes, size_t length);
void write_address(ENetAddress address);
void write_buffers(const ENetBuffer *buffers, size_t count);

#endif
