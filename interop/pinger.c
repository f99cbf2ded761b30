/*
 * Measures the round trips of peers that are connected to an echo server:
 *
 *     pinger enet|bare PORT PEERS INTERVAL_MS
 *
 * Each peer sends a numbered packet per interval, unreliable and so never again; bare is a datagram without ENet. Whatever
 * does not come back is counted as lost and has no round trip. A line on stdin ends a measurement and begins the next.
 */
#include <arpa/inet.h>
#include <enet/enet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PEERS = 64, MOST_TRIPS = 1 << 18, CONNECT_LIMIT_MS = 10000 };

struct ping {
    char magic[8];
    double sent_at;
};

static const char magic[8] = "PINGPING";
static double trips[MOST_TRIPS];
static uint32_t sent, received, disconnected;
static double begun;

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

static void begin(void)
{
    sent = received = disconnected = 0;
    begun = now_ms();
}

static void take(const void *bytes, size_t length)
{
    struct ping ping;
    if (length != sizeof ping)
        return;
    memcpy(&ping, bytes, sizeof ping);
    /* of the measurement before */
    if (ping.sent_at < begun || received == MOST_TRIPS)
        return;
    trips[received++] = now_ms() - ping.sent_at;
}

static struct ping next_ping(void)
{
    struct ping ping;
    memcpy(ping.magic, magic, sizeof magic);
    ping.sent_at = now_ms();
    ++sent;
    return ping;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *) a - *(const double *) b;
    return (difference > 0) - (difference < 0);
}

static double quantile(double of)
{
    return received == 0 ? -1 : trips[(uint32_t) (of * (received - 1))];
}

static void report(void)
{
    qsort(trips, received, sizeof *trips, compare);
    printf("{\"event\":\"pinged\",\"sent\":%u,\"received\":%u,\"disconnected\":%u,\"p50\":%.3f,\"p95\":%.3f,"
           "\"p99\":%.3f,\"max\":%.3f}\n",
        sent, received, disconnected, quantile(0.5), quantile(0.95), quantile(0.99), quantile(1));
    fflush(stdout);
    begin();
}

/* False at the end of the input. */
static bool obey(void)
{
    char bytes[64];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count > 0)
        report();
    return count != 0;
}

static void announce(void)
{
    printf("{\"event\":\"connected\"}\n");
    fflush(stdout);
    begin();
}

static void take_event(const ENetEvent *event)
{
    if (event->type == ENET_EVENT_TYPE_DISCONNECT)
        ++disconnected;
    if (event->type != ENET_EVENT_TYPE_RECEIVE)
        return;
    take(event->packet->data, event->packet->dataLength);
    enet_packet_destroy(event->packet);
}

static bool connect_all(ENetHost *host, ENetPeer **peers, int count, uint16_t port)
{
    ENetAddress address = {.port = port};
    enet_address_set_host(&address, "127.0.0.1");
    for (int i = 0; i < count; ++i)
        peers[i] = enet_host_connect(host, &address, 1, 0);
    ENetEvent event;
    int connected = 0;
    for (double limit = now_ms() + CONNECT_LIMIT_MS; connected < count && now_ms() < limit;) {
        if (enet_host_service(host, &event, 10) <= 0 || event.type != ENET_EVENT_TYPE_CONNECT)
            continue;
        ++connected;
        /* the throttle would take pings for too many as soon as round trips grow */
        enet_peer_throttle_configure(event.peer, 1000, ENET_PEER_PACKET_THROTTLE_SCALE, 0);
    }
    return connected == count;
}

static int ping_enet(uint16_t port, int count, double interval)
{
    ENetPeer *peers[MOST_PEERS];
    enet_initialize();
    ENetHost *host = enet_host_create(NULL, MOST_PEERS, 1, 0, 0);
    if (host == NULL || !connect_all(host, peers, count, port))
        return 1;
    announce();
    double next = now_ms();
    for (int turn = 0; obey();) {
        ENetEvent event;
        if (enet_host_service(host, &event, 1) > 0)
            do
                take_event(&event);
            while (enet_host_check_events(host, &event) > 0);
        for (; now_ms() >= next; next += interval / count) {
            struct ping ping = next_ping();
            ENetPacket *packet = enet_packet_create(&ping, sizeof ping, 0);
            if (enet_peer_send(peers[turn++ % count], 0, packet) != 0)
                enet_packet_destroy(packet);
            enet_host_flush(host);
        }
    }
    return 0;
}

static int ping_bare(uint16_t port, int count, double interval)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval wait = {.tv_usec = 1000};
    if (fd < 0 || connect(fd, (struct sockaddr *) &there, sizeof there) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0)
        return 1;
    announce();
    double next = now_ms();
    while (obey()) {
        char bytes[sizeof(struct ping)];
        ssize_t length = recv(fd, bytes, sizeof bytes, 0);
        if (length > 0)
            take(bytes, (size_t) length);
        for (; now_ms() >= next; next += interval / count) {
            struct ping ping = next_ping();
            send(fd, &ping, sizeof ping, 0);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    int count = argc == 5 ? atoi(argv[3]) : 0;
    if (count < 1 || count > MOST_PEERS) {
        fprintf(stderr, "usage: pinger enet|bare PORT PEERS INTERVAL_MS\n");
        return 2;
    }
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    uint16_t port = (uint16_t) atoi(argv[2]);
    double interval = atof(argv[4]);
    return strcmp(argv[1], "enet") == 0 ? ping_enet(port, count, interval) : ping_bare(port, count, interval);
}
