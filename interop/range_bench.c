/*
 * How fast libenet's range coder is: range_bench ROUNDS < PACKETS
 *
 * Each packet is its length, 16 bits little-endian, and its bytes. Prints one JSON line with the processor time of one
 * round over all packets, in nanoseconds, for compressing and for decompressing.
 */
#include <enet/enet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAXIMUM_PACKETS = 65536, MAXIMUM_LENGTH = 4096, ROOM = 8192 };

struct packet {
    unsigned char plain[MAXIMUM_LENGTH];
    unsigned char packed[ROOM];
    size_t length;
    size_t packed_length;
};

static struct packet *packets[MAXIMUM_PACKETS];
static unsigned char output[ROOM];

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double) time.tv_sec * 1e9 + (double) time.tv_nsec;
}

static struct packet *read_packet(void)
{
    int low = getchar();
    int high = getchar();
    if (low == EOF || high == EOF)
        return NULL;
    size_t length = (size_t) low | (size_t) high << 8;
    struct packet *packet = calloc(1, sizeof *packet);
    if (packet == NULL || length > sizeof packet->plain || fread(packet->plain, 1, length, stdin) != length)
        return NULL;
    packet->length = length;
    return packet;
}

static size_t compress(void *coder, struct packet *packet, unsigned char *result)
{
    ENetBuffer buffer = { .data = packet->plain, .dataLength = packet->length };
    return enet_range_coder_compress(coder, &buffer, 1, packet->length, result, ROOM);
}

int main(int argc, char **argv)
{
    int rounds = argc == 2 ? atoi(argv[1]) : 0;
    void *coder = enet_range_coder_create();
    if (rounds < 1 || coder == NULL)
        return 2;
    size_t count = 0;
    while (count < MAXIMUM_PACKETS && (packets[count] = read_packet()) != NULL) {
        packets[count]->packed_length = compress(coder, packets[count], packets[count]->packed);
        ++count;
    }

    double start = now_ns();
    for (int round = 0; round < rounds; ++round)
        for (size_t i = 0; i < count; ++i)
            compress(coder, packets[i], output);
    double middle = now_ns();
    for (int round = 0; round < rounds; ++round)
        for (size_t i = 0; i < count; ++i)
            enet_range_coder_decompress(coder, packets[i]->packed, packets[i]->packed_length, output, ROOM);
    double end = now_ns();
    printf("{\"compress\":%.0f,\"decompress\":%.0f}\n", (middle - start) / rounds, (end - middle) / rounds);
    return 0;
}
