/* A server that counts what it receives, and sends it back if `echo=1`. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

struct server {
    ENetHost *host;
    bool echo;
    uint64_t messages;
};

static void handle(struct server *server, ENetEvent *event)
{
    if (event->type != ENET_EVENT_TYPE_RECEIVE)
        return;
    ++server->messages;
    ENetPacket *packet = event->packet;
    if (server->echo) {
        uint32_t flags = packet->flags & (ENET_PACKET_FLAG_RELIABLE | ENET_PACKET_FLAG_UNSEQUENCED);
        ENetPacket *reply = enet_packet_create(packet->data, packet->dataLength, flags);
        if (enet_peer_send(event->peer, event->channelID, reply) != 0)
            enet_packet_destroy(reply);
    }
    enet_packet_destroy(packet);
}

static void snapshot(const struct server *server, double started)
{
    const ENetHost *host = server->host;
    emit("{\"cpuMicros\":%.0f,\"wallMicros\":%.0f,\"messages\":%llu,\"received\":%u,\"sent\":%u,\"peers\":%zu}", cpu_us(),
        now_us() - started, (unsigned long long) server->messages, host->totalReceivedPackets, host->totalSentPackets,
        host->connectedPeers);
}

static void broadcast(struct server *server, const struct command *command)
{
    uint8_t *payload = calloc(1, (size_t) command->numbers[1]);
    double started = now_us(), cpu = cpu_us();
    uint32_t sent = server->host->totalSentPackets;
    for (long i = 0; i < command->numbers[0]; ++i) {
        enet_host_broadcast(server->host, 0,
            enet_packet_create(payload, (size_t) command->numbers[1], flags_of(command->mode)));
        enet_host_flush(server->host);
        /* what came in is nobody's, but the socket must be read */
        ENetEvent event;
        while (enet_host_service(server->host, &event, 0) > 0)
            handle(server, &event);
    }
    emit("{\"cpuMicros\":%.0f,\"wallMicros\":%.0f,\"sent\":%u}", cpu_us() - cpu, now_us() - started,
        server->host->totalSentPackets - sent);
    free(payload);
}

static void obey(struct server *server, const struct command *command, double started)
{
    ENetHost *host = server->host;
    if (strcmp(command->name, "ping") == 0) {
        for (size_t i = 0; i < host->peerCount; ++i)
            enet_peer_ping_interval(&host->peers[i], (enet_uint32) command->numbers[0]);
        snapshot(server, started);
    } else if (strcmp(command->name, "broadcast") == 0)
        broadcast(server, command);
    else
        snapshot(server, started);
}

int run_server(int argc, char **argv)
{
    struct server server = {
        .host = create_host(0, option(argc, argv, "peers", 32), option(argc, argv, "channels", 2),
            option(argc, argv, "buffer", 0)),
        .echo = option(argc, argv, "echo", 0) != 0,
    };
    double started = now_us();
    read_commands();
    emit("{\"port\":%u}", (unsigned) server.host->address.port);
    for (;;) {
        ENetEvent event;
        if (enet_host_service(server.host, &event, 5) > 0)
            handle(&server, &event);
        struct command command;
        if (take_command(&command))
            obey(&server, &command, started);
    }
}
