/* A client with `peers` connections, spread over `sockets` hosts, that makes the load it is told to make. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTSTANDING_LIMIT = 4096, CONNECTS_AT_ONCE = 50, MAXIMUM_SOCKETS = 16, LATE_US = 5000000 };

struct client {
    ENetAddress server;
    size_t host_count;
    ENetHost *hosts[MAXIMUM_SOCKETS];
    size_t peer_count;
    ENetPeer **peers;
    size_t channels;
    size_t connected;
    uint64_t received;
    /* what to send back on each packet that arrives, if anything */
    size_t reply_size;
    uint32_t reply_flags;
};

/* Packets given to the library and not yet freed. */
static uint32_t outstanding;

static void count_freed(ENetPacket *packet)
{
    (void) packet;
    --outstanding;
}

static void send_packet(ENetPeer *peer, size_t size, uint32_t flags)
{
    ENetPacket *packet = enet_packet_create(NULL, size, flags);
    memset(packet->data, 7, size);
    packet->freeCallback = count_freed;
    ++outstanding;
    if (enet_peer_send(peer, 0, packet) != 0)
        enet_packet_destroy(packet);
}

/* Whether something happened. */
static bool service_host(struct client *client, ENetHost *host, uint32_t timeout)
{
    ENetEvent event;
    if (enet_host_service(host, &event, timeout) <= 0)
        return false;
    do {
        if (event.type == ENET_EVENT_TYPE_CONNECT)
            ++client->connected;
        else if (event.type == ENET_EVENT_TYPE_DISCONNECT)
            --client->connected;
        else {
            ++client->received;
            enet_packet_destroy(event.packet);
            if (client->reply_size > 0)
                send_packet(event.peer, client->reply_size, client->reply_flags);
        }
    } while (enet_host_check_events(host, &event) > 0);
    return true;
}

static void service(struct client *client, uint32_t timeout)
{
    if (client->host_count == 1) {
        service_host(client, client->hosts[0], timeout);
        return;
    }
    bool busy = false;
    for (size_t i = 0; i < client->host_count; ++i)
        busy |= service_host(client, client->hosts[i], 0);
    if (!busy && timeout > 0)
        usleep(500);
}

static void service_for(struct client *client, double milliseconds)
{
    double end = now_us() + milliseconds * 1e3;
    while (now_us() < end)
        service(client, 1);
}

static bool wait_connected(struct client *client, size_t count)
{
    double end = now_us() + 20e6;
    while (client->connected != count && now_us() < end)
        service(client, 1);
    return client->connected == count;
}

static void open_peer(struct client *client, size_t index)
{
    ENetHost *host = client->hosts[index % client->host_count];
    client->peers[index] = enet_host_connect(host, &client->server, client->channels, 0);
    if (client->peers[index] == NULL)
        exit(1);
}

static void connect_all(struct client *client, size_t at_once)
{
    for (size_t i = 0; i < client->peer_count; ++i) {
        open_peer(client, i);
        if ((i + 1) % at_once == 0 && !wait_connected(client, i + 1))
            exit(1);
    }
    if (!wait_connected(client, client->peer_count))
        exit(1);
}

static void disconnect_all(struct client *client)
{
    for (size_t i = 0; i < client->peer_count; ++i) {
        enet_peer_disconnect(client->peers[i], 0);
        if ((i + 1) % CONNECTS_AT_ONCE == 0)
            wait_connected(client, client->peer_count - i - 1);
    }
    wait_connected(client, 0);
}

static void flood(struct client *client, const struct command *command)
{
    long count = command->numbers[0], sent = 0;
    double started = now_us(), cpu = cpu_us();
    uint32_t datagrams = client->hosts[0]->totalSentPackets;
    while ((sent < count || outstanding > 0) && client->connected > 0) {
        long before = sent;
        for (; sent < count && outstanding < OUTSTANDING_LIMIT; ++sent)
            send_packet(client->peers[0], (size_t) command->numbers[1], flags_of(command->mode));
        /* sleeping is right only while there is nothing to add: then acknowledgements wake the socket */
        service(client, sent == before ? 1 : 0);
    }
    emit("{\"messages\":%ld,\"cpuMicros\":%.0f,\"wallMicros\":%.0f,\"sent\":%u}", sent, cpu_us() - cpu,
        now_us() - started, client->hosts[0]->totalSentPackets - datagrams);
}

static void echo(struct client *client, const struct command *command)
{
    size_t count = (size_t) command->numbers[0];
    double *latencies = calloc(count, sizeof *latencies);
    double started = now_us(), cpu = cpu_us();
    for (size_t i = 0; i < count; ++i) {
        uint64_t received = client->received;
        double sent = now_us();
        send_packet(client->peers[0], (size_t) command->numbers[1], flags_of(command->mode));
        while (client->received == received && client->connected > 0)
            service(client, 1);
        latencies[i] = now_us() - sent;
    }
    emit_echoes(latencies, count, cpu_us() - cpu, now_us() - started);
    free(latencies);
}

/* Each peer keeps one packet in flight. */
static void load(struct client *client, const struct command *command)
{
    uint64_t received = client->received;
    double started = now_us(), cpu = cpu_us();
    client->reply_size = (size_t) command->numbers[0];
    client->reply_flags = flags_of(command->mode);
    for (size_t i = 0; i < client->peer_count; ++i)
        send_packet(client->peers[i], client->reply_size, client->reply_flags);
    service_for(client, (double) command->numbers[1]);
    client->reply_size = 0;
    double wall = now_us() - started;
    service_for(client, 50);
    emit("{\"messages\":%llu,\"cpuMicros\":%.0f,\"wallMicros\":%.0f}",
        (unsigned long long) (client->received - received), cpu_us() - cpu, wall);
}

/* Each peer sends so many times per second; the peers take turns, so that the load is even. */
static void rate(struct client *client, const struct command *command)
{
    uint64_t received = client->received;
    double started = now_us(), cpu = cpu_us();
    double interval = 1e6 / (double) command->numbers[1] / (double) client->peer_count;
    size_t total = (size_t) ((double) command->numbers[2] * 1e3 / interval), sent = 0;
    while (sent < total) {
        for (; sent < total && now_us() >= started + (double) sent * interval; ++sent)
            send_packet(client->peers[sent % client->peer_count], (size_t) command->numbers[0], flags_of(command->mode));
        service(client, 1);
    }
    double wall = now_us() - started;
    /* a server that cannot keep up answers late */
    while (client->received - received < total && now_us() - started < wall + LATE_US)
        service(client, 1);
    emit("{\"messages\":%llu,\"offered\":%zu,\"cpuMicros\":%.0f,\"wallMicros\":%.0f}",
        (unsigned long long) (client->received - received), total, cpu_us() - cpu, wall);
}

/* Everything that is not connected yet connects at once; then all leave. */
static void connects(struct client *client)
{
    double started = now_us(), cpu = cpu_us();
    connect_all(client, client->peer_count);
    double wall = now_us() - started, used = cpu_us() - cpu;
    service_for(client, 200);
    disconnect_all(client);
    emit("{\"cpuMicros\":%.0f,\"wallMicros\":%.0f}", used, wall);
}

static void ping(struct client *client, const struct command *command)
{
    for (size_t i = 0; i < client->peer_count; ++i)
        enet_peer_ping_interval(client->peers[i], (enet_uint32) command->numbers[0]);
    emit("{\"peers\":%zu}", client->connected);
}

static void obey(struct client *client, const struct command *command)
{
    if (strcmp(command->name, "flood") == 0)
        flood(client, command);
    else if (strcmp(command->name, "echo") == 0)
        echo(client, command);
    else if (strcmp(command->name, "load") == 0)
        load(client, command);
    else if (strcmp(command->name, "rate") == 0)
        rate(client, command);
    else if (strcmp(command->name, "connects") == 0)
        connects(client);
    else if (strcmp(command->name, "ping") == 0)
        ping(client, command);
    else if (strcmp(command->name, "leave") == 0) {
        disconnect_all(client);
        emit("{\"peers\":%zu}", client->connected);
    } else
        emit("{\"peers\":%zu}", client->connected);
}

int run_client(int argc, char **argv)
{
    struct client client = {
        .server = { .host = htonl(INADDR_LOOPBACK), .port = (enet_uint16) option(argc, argv, "port", 0) },
        .host_count = (size_t) option(argc, argv, "sockets", 1),
        .peer_count = (size_t) option(argc, argv, "peers", 1),
        .channels = (size_t) option(argc, argv, "channels", 2),
    };
    long slots = (long) ((client.peer_count + client.host_count - 1) / client.host_count);
    for (size_t i = 0; i < client.host_count; ++i)
        client.hosts[i] = create_host(0, slots, (long) client.channels, option(argc, argv, "buffer", 0));
    client.peers = calloc(client.peer_count, sizeof *client.peers);
    if (option(argc, argv, "later", 0) == 0) {
        connect_all(&client, CONNECTS_AT_ONCE);
        /* the throttle must not take unreliable packets out of the load */
        for (size_t i = 0; i < client.peer_count; ++i)
            enet_peer_throttle_configure(client.peers[i], 5000, 32, 0);
        service_for(&client, 50);
    }
    read_commands();
    emit("{\"peers\":%zu}", client.connected);
    for (;;) {
        service(&client, 5);
        struct command command;
        if (take_command(&command))
            obey(&client, &command);
    }
}
