#include "oracle_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Input that was read and not yet handed out: bytes start..end, of which the first `scanned` hold no line end. */
static struct {
    char *bytes;
    size_t capacity, start, end, scanned;
} input;

static bool make_room(void)
{
    if (input.start > 0) {
        memmove(input.bytes, input.bytes + input.start, input.end - input.start);
        input.end -= input.start;
        input.start = 0;
    }
    if (input.end + 1 < input.capacity)
        return true;
    size_t capacity = input.capacity == 0 ? 1 << 20 : input.capacity * 2;
    char *bytes = realloc(input.bytes, capacity);
    if (bytes == NULL)
        return false;
    input.bytes = bytes;
    input.capacity = capacity;
    return true;
}

static bool read_more(void)
{
    if (!make_room())
        return false;
    fflush(stdout);
    for (;;) {
        ssize_t count = read(STDIN_FILENO, input.bytes + input.end, input.capacity - input.end - 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        input.end += (size_t) count;
        return true;
    }
}

/* Hands out the bytes up to `length`, ending them with a zero in place of the line end. */
static char *take_line(size_t length, size_t used)
{
    char *line = input.bytes + input.start;
    line[length] = '\0';
    input.start += used;
    input.scanned = 0;
    return line;
}

char *read_line(void)
{
    for (;;) {
        size_t available = input.end - input.start;
        char *unscanned = input.bytes == NULL ? NULL : input.bytes + input.start + input.scanned;
        char *found = available == input.scanned ? NULL : memchr(unscanned, '\n', available - input.scanned);
        if (found != NULL) {
            size_t length = (size_t) (found - (input.bytes + input.start));
            return take_line(length, length + 1);
        }
        input.scanned = available;
        if (read_more())
            continue;
        return available == 0 ? NULL : take_line(available, available);
    }
}

int split_words(char *line, char **words, int limit)
{
    int count = 0;
    for (;;) {
        line += strspn(line, " \t\r");
        if (*line == '\0')
            return count;
        if (count == limit)
            return limit + 1;
        words[count++] = line;
        line += strcspn(line, " \t\r");
        if (*line != '\0')
            *line++ = '\0';
    }
}

bool parse_u32(const char *text, uint32_t *value)
{
    uint64_t sum = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; ++text) {
        if (*text < '0' || *text > '9')
            return false;
        sum = sum * 10 + (uint64_t) (*text - '0');
        if (sum > UINT32_MAX)
            return false;
    }
    *value = (uint32_t) sum;
    return true;
}

bool parse_ip(const char *text, uint32_t *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    *host = address.s_addr;
    return true;
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool is_empty_word(const char *word)
{
    return word[0] == '-' && word[1] == '\0';
}

long hex_length(const char *word)
{
    if (is_empty_word(word))
        return 0;
    long length = 0;
    for (; word[length] != '\0'; ++length)
        if (digit_value(word[length]) < 0)
            return -1;
    return length % 2 == 0 && length > 0 ? length / 2 : -1;
}

void hex_decode(const char *word, uint8_t *bytes)
{
    if (is_empty_word(word))
        return;
    for (; *word != '\0'; word += 2)
        *bytes++ = (uint8_t) (digit_value(word[0]) << 4 | digit_value(word[1]));
}

static void put_hex(const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; ++i) {
        putchar_unlocked(digits[bytes[i] >> 4]);
        putchar_unlocked(digits[bytes[i] & 15]);
    }
}

void write_hex(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        putchar_unlocked('-');
    put_hex(bytes, length);
}

void write_buffers(const ENetBuffer *buffers, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        put_hex(buffers[i].data, buffers[i].dataLength);
}

void write_address(ENetAddress address)
{
    const uint8_t *bytes = (const uint8_t *) &address.host;
    printf("%u.%u.%u.%u %u", bytes[0], bytes[1], bytes[2], bytes[3], address.port);
}
