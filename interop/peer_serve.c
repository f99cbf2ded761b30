/* The echo server. */
#include "peer.h"
#include "sha256.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { GOODBYE_MS = 2000 };

static void on_connect(ENetPeer *peer, uint32_t data)
{
    char name[INET_ADDRSTRLEN] = "";
    enet_address_get_host_ip(&peer->address, name, sizeof name);
    emit("{\"event\":\"connect\",\"peer\":%zu,\"address\":\"%s\",\"port\":%u,\"channels\":%zu,\"data\":%u}",
        slot_of(peer), name, (unsigned) peer->address.port, peer->channelCount, data);
    peer->data = NULL;
}

static void on_receive(const struct options *options, const ENetEvent *event)
{
    char hash[SHA256_HEX_SIZE];
    sha256_hex(event->packet->data, event->packet->dataLength, hash);
    emit_receive(event, hash);

    /* A received packet carries the flags of its delivery mode, so the same packet goes back in the same mode. */
    if (options->no_echo || enet_peer_send(event->peer, event->channelID, event->packet) < 0)
        enet_packet_destroy(event->packet);

    /* peer->data only remembers that this connection was kicked. */
    if (options->kick != ENDING_NONE && event->peer->data == NULL) {
        event->peer->data = event->peer->host;
        end_connection(event->peer, options->kick, options->kick_data);
    }
}

static void on_event(const struct options *options, const ENetEvent *event)
{
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT:
        on_connect(event->peer, event->data);
        break;
    case ENET_EVENT_TYPE_RECEIVE:
        on_receive(options, event);
        break;
    case ENET_EVENT_TYPE_DISCONNECT:
        emit("{\"event\":\"disconnect\",\"peer\":%zu,\"data\":%u}", slot_of(event->peer), event->data);
        break;
    case ENET_EVENT_TYPE_NONE:
        break;
    }
}

static bool all_slots_free(const ENetHost *host)
{
    for (size_t i = 0; i < host->peerCount; ++i)
        if (host->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
            return false;
    return true;
}

static void say_goodbye(ENetHost *host)
{
    /* The later form, so that echoes which are still queued arrive first. */
    for (size_t i = 0; i < host->peerCount; ++i)
        enet_peer_disconnect_later(&host->peers[i], 0);

    double deadline = now_ms() + GOODBYE_MS;
    while (!all_slots_free(host) && now_ms() < deadline) {
        ENetEvent event;
        if (enet_host_service(host, &event, SERVICE_SLICE_MS) <= 0)
            continue;
        if (event.type == ENET_EVENT_TYPE_DISCONNECT)
            emit("{\"event\":\"disconnect\",\"peer\":%zu,\"data\":%u}", slot_of(event.peer), event.data);
        else if (event.type == ENET_EVENT_TYPE_RECEIVE)
            enet_packet_destroy(event.packet);
    }
}

int run_server(const struct options *options)
{
    ENetHost *host = create_server_host(options);
    if (host == NULL)
        return 1;
    announce_listening(host);

    double deadline = now_ms() + options->seconds * 1e3;
    while (!stop_requested && now_ms() < deadline) {
        ENetEvent event;
        /* A negative result concerns one datagram (1.3.17 fails on a truncated one): the server goes on. */
        if (enet_host_service(host, &event, SERVICE_SLICE_MS) > 0)
            on_event(options, &event);
    }

    say_goodbye(host);
    enet_host_destroy(host);
    return 0;
}
