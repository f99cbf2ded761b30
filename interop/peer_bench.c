/* One-way floods for benchmarks: the client sends as fast as a bounded queue allows, the server counts. */
#include "peer.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { OUTSTANDING_LIMIT = 4096 };

static double to_ms(struct timeval time)
{
    return (double) time.tv_sec * 1e3 + (double) time.tv_usec / 1e3;
}

struct stopwatch {
    double started;
    double ended;
    struct rusage usage;
};

static void start(struct stopwatch *watch)
{
    getrusage(RUSAGE_SELF, &watch->usage);
    watch->started = watch->ended = now_ms();
}

static void report(const struct stopwatch *watch, uint32_t messages)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    emit("{\"event\":\"bench\",\"messages\":%u,\"wallMs\":%.3f,\"userMs\":%.3f,\"systemMs\":%.3f}", messages,
        watch->ended - watch->started, to_ms(usage.ru_utime) - to_ms(watch->usage.ru_utime),
        to_ms(usage.ru_stime) - to_ms(watch->usage.ru_stime));
}

/* Ends with the first disconnect; its wall time runs from the first connect to the last message. */
int run_flood_server(const struct options *options)
{
    ENetHost *host = create_server_host(options);
    if (host == NULL)
        return 1;
    announce_listening(host);

    struct stopwatch watch;
    start(&watch);
    uint32_t messages = 0;
    double deadline = now_ms() + options->seconds * 1e3;
    bool done = false;
    while (!done && !stop_requested && now_ms() < deadline) {
        ENetEvent event;
        if (enet_host_service(host, &event, SERVICE_SLICE_MS) <= 0)
            continue;
        if (event.type == ENET_EVENT_TYPE_CONNECT)
            start(&watch);
        done = event.type == ENET_EVENT_TYPE_DISCONNECT;
        if (event.type == ENET_EVENT_TYPE_RECEIVE) {
            ++messages;
            watch.ended = now_ms();
            enet_packet_destroy(event.packet);
        }
    }
    report(&watch, messages);
    enet_host_destroy(host);
    return done ? 0 : 1;
}

struct flood {
    const struct options *options;
    ENetHost *host;
    ENetPeer *peer;
    bool connected;
    bool ended;
};

/* Packets handed to the library and not yet freed: waiting in its queue or, if reliable, not yet acknowledged. */
static uint32_t outstanding;

static void count_freed(ENetPacket *packet)
{
    (void) packet;
    --outstanding;
}

static void service(struct flood *flood, uint32_t sleep_ms)
{
    ENetEvent event;
    if (enet_host_service(flood->host, &event, sleep_ms) <= 0)
        return;
    if (event.type == ENET_EVENT_TYPE_CONNECT)
        flood->connected = true;
    else if (event.type == ENET_EVENT_TYPE_DISCONNECT)
        flood->ended = true;
    else
        enet_packet_destroy(event.packet);
}

static bool send_one(struct flood *flood)
{
    static const uint8_t zeroes[ENET_PROTOCOL_MAXIMUM_MTU];
    size_t size = flood->options->size;
    ENetPacket *packet = enet_packet_create(size <= sizeof zeroes ? zeroes : NULL, size, flood->options->mode);
    if (packet == NULL)
        return false;
    if (size > sizeof zeroes)
        memset(packet->data, 0, size);
    packet->freeCallback = count_freed;
    ++outstanding;
    if (enet_peer_send(flood->peer, (enet_uint8) flood->options->channel, packet) == 0)
        return true;
    enet_packet_destroy(packet);
    return false;
}

/* Fills the queue up to its limit; the number of packets that went in, or -1 when the library refused one. */
static int64_t fill_queue(struct flood *flood, uint32_t wanted)
{
    int64_t sent = 0;
    while (sent < wanted && outstanding < OUTSTANDING_LIMIT) {
        if (!send_one(flood))
            return -1;
        ++sent;
    }
    return sent;
}

static uint32_t send_all(struct flood *flood)
{
    uint32_t messages = flood->options->messages, sent = 0;
    while ((sent < messages || outstanding > 0) && !flood->ended && !stop_requested) {
        int64_t added = fill_queue(flood, messages - sent);
        if (added < 0)
            break;
        sent += (uint32_t) added;
        /* Sleeping is right only while there is nothing to add: then acknowledgements will wake the socket. */
        service(flood, added == 0 ? 1 : 0);
    }
    return sent;
}

int run_flood_client(const struct options *options)
{
    ENetAddress server;
    struct flood flood = { .options = options, .host = create_client_host(options, &server) };
    if (flood.host == NULL)
        return 1;
    flood.peer = enet_host_connect(flood.host, &server, options->channels, options->data);
    double deadline = now_ms() + options->timeout_ms;
    while (flood.peer != NULL && !flood.connected && !flood.ended && !stop_requested && now_ms() < deadline)
        service(&flood, SERVICE_SLICE_MS);
    if (!flood.connected) {
        emit("{\"event\":\"connect-failed\"}");
        enet_host_destroy(flood.host);
        return 1;
    }

    struct stopwatch watch;
    start(&watch);
    uint32_t sent = send_all(&flood);
    watch.ended = now_ms();
    report(&watch, sent);

    bool complete = sent == options->messages && !flood.ended;
    enet_peer_disconnect(flood.peer, options->disconnect_data);
    deadline = now_ms() + options->timeout_ms;
    while (!flood.ended && !stop_requested && now_ms() < deadline)
        service(&flood, SERVICE_SLICE_MS);
    enet_host_destroy(flood.host);
    return complete ? 0 : 1;
}
