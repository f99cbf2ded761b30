/* Commands on peers and packets, and the library's plain functions. */
#include "oracle_commands.h"
#include "oracle_report.h"
#include "oracle_text.h"

#include <stdio.h>

/* ---- connections and packets ---- */

static void command_connect(struct arguments *arguments)
{
    int id = take_host(arguments);
    ENetAddress address = take_address(arguments);
    uint32_t channels = take_u32(arguments);
    uint32_t data = take_u32(arguments);
    if (!complete(arguments))
        return;
    ENetPeer *peer = enet_host_connect(hosts[id], &address, channels, data);
    printf("result %d\n", peer == NULL ? -1 : (int) (peer - hosts[id]->peers));
}

static void command_send(struct arguments *arguments)
{
    ENetPeer *peer = take_peer(arguments);
    uint32_t channel = take_number(arguments, 255);
    ENetPacket *packet = take_packet(arguments);
    if (packet == NULL)
        return;
    int result = enet_peer_send(peer, (enet_uint8) channel, packet);
    if (result < 0)
        enet_packet_destroy(packet);
    printf("result %d\n", result);
}

static void command_broadcast(struct arguments *arguments)
{
    int id = take_host(arguments);
    uint32_t channel = take_number(arguments, 255);
    ENetPacket *packet = take_packet(arguments);
    if (packet != NULL)
        enet_host_broadcast(hosts[id], (enet_uint8) channel, packet);
}

static void command_receive(struct arguments *arguments)
{
    int id = take_host(arguments);
    ENetPeer *peer = take_slot(arguments, id);
    if (!complete(arguments))
        return;
    ENetEvent event = { .type = ENET_EVENT_TYPE_RECEIVE, .peer = peer };
    event.packet = enet_peer_receive(peer, &event.channelID);
    if (event.packet != NULL)
        finish_event(id, &event);
    printf("result %d\n", event.packet != NULL);
}

static void end_connection(struct arguments *arguments, void (*end)(ENetPeer *, enet_uint32))
{
    ENetPeer *peer = take_peer(arguments);
    uint32_t data = take_u32(arguments);
    if (complete(arguments))
        end(peer, data);
}

static void command_disconnect(struct arguments *arguments)
{
    end_connection(arguments, enet_peer_disconnect);
}

static void command_disconnect_now(struct arguments *arguments)
{
    end_connection(arguments, enet_peer_disconnect_now);
}

static void command_disconnect_later(struct arguments *arguments)
{
    end_connection(arguments, enet_peer_disconnect_later);
}

static void command_reset(struct arguments *arguments)
{
    ENetPeer *peer = take_peer(arguments);
    if (complete(arguments))
        enet_peer_reset(peer);
}

static void command_ping(struct arguments *arguments)
{
    ENetPeer *peer = take_peer(arguments);
    if (complete(arguments))
        enet_peer_ping(peer);
}

static void command_ping_interval(struct arguments *arguments)
{
    ENetPeer *peer = take_peer(arguments);
    uint32_t interval = take_u32(arguments);
    if (complete(arguments))
        enet_peer_ping_interval(peer, interval);
}

static void configure_three(
    struct arguments *arguments, void (*configure)(ENetPeer *, enet_uint32, enet_uint32, enet_uint32))
{
    ENetPeer *peer = take_peer(arguments);
    uint32_t first = take_u32(arguments);
    uint32_t second = take_u32(arguments);
    uint32_t third = take_u32(arguments);
    if (complete(arguments))
        configure(peer, first, second, third);
}

static void command_timeout(struct arguments *arguments)
{
    configure_three(arguments, enet_peer_timeout);
}

static void command_throttle(struct arguments *arguments)
{
    configure_three(arguments, enet_peer_throttle_configure);
}

/* ---- looking inside ---- */

static void command_peer(struct arguments *arguments)
{
    int id = take_host(arguments);
    ENetPeer *peer = take_slot(arguments, id);
    if (complete(arguments))
        report_peer(id, peer);
}

static void command_peers(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (!complete(arguments))
        return;
    for (size_t slot = 0; slot < hosts[id]->peerCount; ++slot)
        if (hosts[id]->peers[slot].state != ENET_PEER_STATE_DISCONNECTED)
            report_peer(id, &hosts[id]->peers[slot]);
}

/* ---- plain functions of the library ---- */

static void command_crc32(struct arguments *arguments)
{
    size_t length;
    uint8_t *bytes = take_bytes(arguments, &length);
    if (!complete(arguments))
        return;
    ENetBuffer buffer = { .data = bytes, .dataLength = length };
    enet_uint32 checksum = enet_crc32(&buffer, 1);
    printf("result ");
    write_hex((const uint8_t *) &checksum, sizeof checksum);
    putchar('\n');
}

static uint8_t coder_output[BYTES_LIMIT];
static void *range_coder;

static void report_coded(size_t length)
{
    printf("result ");
    write_hex(coder_output, length);
    putchar('\n');
}

static bool coder_exists(struct arguments *arguments)
{
    if (range_coder == NULL)
        range_coder = enet_range_coder_create();
    if (range_coder == NULL)
        arguments->error = "out of memory";
    return range_coder != NULL;
}

static void command_range_compress(struct arguments *arguments)
{
    size_t length;
    uint8_t *bytes = take_bytes(arguments, &length);
    uint32_t limit = take_optional(arguments, BYTES_LIMIT, (uint32_t) length);
    if (!complete(arguments) || !coder_exists(arguments))
        return;
    ENetBuffer buffer = { .data = bytes, .dataLength = length };
    report_coded(enet_range_coder_compress(range_coder, &buffer, 1, length, coder_output, limit));
}

static void command_range_decompress(struct arguments *arguments)
{
    size_t length;
    uint8_t *bytes = take_bytes(arguments, &length);
    uint32_t limit = take_number(arguments, BYTES_LIMIT);
    if (complete(arguments) && coder_exists(arguments))
        report_coded(enet_range_coder_decompress(range_coder, bytes, length, coder_output, limit));
}

const struct command peer_commands[] = {
    { "send", command_send },
    { "peer", command_peer },
    { "peers", command_peers },
    { "connect", command_connect },
    { "broadcast", command_broadcast },
    { "receive", command_receive },
    { "disconnect", command_disconnect },
    { "disconnect-now", command_disconnect_now },
    { "disconnect-later", command_disconnect_later },
    { "reset", command_reset },
    { "ping", command_ping },
    { "ping-interval", command_ping_interval },
    { "timeout", command_timeout },
    { "throttle", command_throttle },
    { "crc32", command_crc32 },
    { "range-compress", command_range_compress },
    { "range-decompress", command_range_decompress },
    { NULL, NULL },
};
