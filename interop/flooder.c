/*
 * Floods a port of loopback with datagrams that no ENet host wants, at a given rate, until its input ends:
 *
 *     flooder PORT PER_SECOND KIND
 *
 * KIND is noise (random bytes), ids (a ping behind each peer id and session id in turn), long (more than ENet's largest
 * datagram), connects (each another connection), or mixed (all of these in turn). Datagrams come from many addresses, as if
 * they were forged, and leave by sendmmsg, so that a flood costs little of what the flooded has to run on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 64, BATCH = 32, LONG = 4200, TICK_US = 1000, KINDS = 4 };

#define MOST_OWED_S 0.05

struct kind {
    const char *name;
    size_t (*make)(uint8_t *bytes, uint64_t index);
};

static uint32_t random_bits(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t) (state >> 16);
}

static void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t) (value >> 8);
    bytes[1] = (uint8_t) value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, value >> 16);
    put16(bytes + 2, value);
}

static size_t make_noise(uint8_t *bytes, uint64_t index)
{
    (void) index;
    for (size_t i = 0; i < 40; i += 4)
        put32(bytes + i, random_bits());
    return 40;
}

static size_t make_ids(uint8_t *bytes, uint64_t index)
{
    put16(bytes, 0x8000 | (index & 0x3fff));
    put16(bytes + 2, random_bits());
    put32(bytes + 4, 0x85ff0001);
    return 8;
}

static size_t make_long(uint8_t *bytes, uint64_t index)
{
    put32(bytes, (uint32_t) index);
    return LONG;
}

static size_t make_connect(uint8_t *bytes, uint64_t index)
{
    (void) index;
    static const uint32_t fields[] = {0x8fff0001, 0x82ff0001, 0x0000ffff, 1392, 65536, 1, 0, 0, 5000, 2, 2};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i)
        put32(bytes + 4 * i, fields[i]);
    put32(bytes + 44, random_bits());
    put32(bytes + 48, 0);
    return 52;
}

static const struct kind kinds[KINDS] = {
    {"noise", make_noise}, {"ids", make_ids}, {"connects", make_connect}, {"long", make_long}};

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* All of 127.0.0.0/8 is this machine. */
static int open_from(int index, uint16_t port)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010001u + ((uint32_t) index << 8))};
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    if (fd < 0 || bind(fd, (struct sockaddr *) &here, sizeof here) < 0 ||
        connect(fd, (struct sockaddr *) &there, sizeof there) < 0) {
        perror("flooder");
        exit(1);
    }
    return fd;
}

static bool input_has_ended(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char bytes[64];
    return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, bytes, sizeof bytes) <= 0;
}

static void flood(const int *sockets, double per_second, int kind)
{
    static uint8_t buffers[BATCH][LONG];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; ++i) {
        parts[i].iov_base = buffers[i];
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    double last = now_s(), due = 0;
    uint64_t made = 0, sent = 0;
    while (!input_has_ended()) {
        double now = now_s();
        /* a machine that cannot keep up is flooded with what it can do, not with what it owes */
        due = fmin(due + (now - last) * per_second, per_second * MOST_OWED_S);
        last = now;
        for (; due >= BATCH; due -= BATCH) {
            for (int i = 0; i < BATCH; ++i, ++made)
                parts[i].iov_len = kinds[kind == KINDS ? (int) (made % KINDS) : kind].make(buffers[i], made);
            int count = sendmmsg(sockets[made / BATCH % SOCKETS], messages, BATCH, 0);
            if (count > 0)
                sent += (uint64_t) count;
        }
        usleep(TICK_US);
    }
    printf("{\"event\":\"flooded\",\"sent\":%llu}\n", (unsigned long long) sent);
}

static int kind_named(const char *name)
{
    for (int i = 0; i < KINDS; ++i)
        if (strcmp(kinds[i].name, name) == 0)
            return i;
    return strcmp(name, "mixed") == 0 ? KINDS : -1;
}

int main(int argc, char **argv)
{
    int kind = argc == 4 ? kind_named(argv[3]) : -1;
    if (kind < 0) {
        fprintf(stderr, "usage: flooder PORT PER_SECOND noise|ids|long|connects|mixed\n");
        return 2;
    }
    int sockets[SOCKETS];
    for (int i = 0; i < SOCKETS; ++i)
        sockets[i] = open_from(i, (uint16_t) atoi(argv[1]));
    printf("{\"event\":\"started\"}\n");
    fflush(stdout);
    flood(sockets, atof(argv[2]), kind);
    return 0;
}
