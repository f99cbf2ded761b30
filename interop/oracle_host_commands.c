/* Commands on the clock, on datagrams and on whole hosts. */
#include "oracle_commands.h"
#include "oracle_report.h"
#include "oracle_text.h"
#include "range_coder.h"

#include <stdio.h>
#include <string.h>

void drop_stale_dispatch_entries(ENetHost *host)
{
    ENetListIterator entry = enet_list_begin(&host->dispatchQueue);
    while (entry != enet_list_end(&host->dispatchQueue)) {
        ENetPeer *peer = (ENetPeer *) entry;
        entry = enet_list_next(entry);
        if (!(peer->flags & ENET_PEER_FLAG_NEEDS_DISPATCH))
            enet_list_remove(&peer->dispatchList);
    }
}

static void set_mtu_everywhere(ENetHost *host, uint32_t mtu)
{
    host->mtu = mtu;
    for (size_t i = 0; i < host->peerCount; ++i)
        host->peers[i].mtu = mtu;
}

static void destroy_host(int id)
{
    enet_host_destroy(hosts[id]);
    hosts[id] = NULL;
}

void destroy_all_hosts(void)
{
    for (int id = 0; id < HOST_LIMIT; ++id)
        if (hosts[id] != NULL)
            destroy_host(id);
}

/* ---- the world ---- */

static void command_clock(struct arguments *arguments)
{
    uint32_t ms = take_u32(arguments);
    if (complete(arguments))
        world_set_clock(ms);
}

static void command_deliver(struct arguments *arguments)
{
    int id = take_host(arguments);
    ENetAddress from = take_address(arguments);
    const char *word = take_word(arguments);
    if (!complete(arguments))
        return;
    long length = hex_length(word);
    if (length < 0 || length > DATAGRAM_LIMIT) {
        arguments->error = "malformed datagram";
        return;
    }
    uint8_t *bytes = world_datagram_buffer();
    if (bytes == NULL) {
        arguments->error = "out of memory";
        return;
    }
    hex_decode(word, bytes);
    world_deliver(id, from, (size_t) length);
}

static void command_reset_all(struct arguments *arguments)
{
    if (!complete(arguments))
        return;
    destroy_all_hosts();
    world_set_clock(0);
}

static void command_version(struct arguments *arguments)
{
    ENetVersion version = enet_linked_version();
    if (complete(arguments))
        printf("result %u.%u.%u\n", ENET_VERSION_GET_MAJOR(version), ENET_VERSION_GET_MINOR(version),
            ENET_VERSION_GET_PATCH(version));
}

/* ---- hosts ---- */

struct limits {
    uint32_t mtu, duplicate_peers, maximum_packet_size, maximum_waiting_data;
};

static struct limits take_limits(struct arguments *arguments)
{
    struct limits limits;
    limits.mtu = take_optional(arguments, ENET_PROTOCOL_MAXIMUM_MTU, ENET_HOST_DEFAULT_MTU);
    limits.duplicate_peers = take_optional(arguments, UINT32_MAX, ENET_PROTOCOL_MAXIMUM_PEER_ID);
    limits.maximum_packet_size = take_optional(arguments, UINT32_MAX, ENET_HOST_DEFAULT_MAXIMUM_PACKET_SIZE);
    limits.maximum_waiting_data = take_optional(arguments, UINT32_MAX, ENET_HOST_DEFAULT_MAXIMUM_WAITING_DATA);
    /* A host MTU that holds no command makes the library's send pass loop for ever. */
    if (limits.mtu < ENET_PROTOCOL_MINIMUM_MTU && arguments->error == NULL)
        arguments->error = "the MTU is 576 to 4096";
    return limits;
}

static void apply_limits(ENetHost *host, struct limits limits)
{
    set_mtu_everywhere(host, limits.mtu);
    host->duplicatePeers = limits.duplicate_peers;
    host->maximumPacketSize = limits.maximum_packet_size;
    host->maximumWaitingData = limits.maximum_waiting_data;
}

static void command_host(struct arguments *arguments)
{
    int id = take_id(arguments);
    ENetAddress address = take_address(arguments);
    uint32_t max_peers = take_u32(arguments);
    uint32_t channel_limit = take_u32(arguments);
    uint32_t in_bandwidth = take_u32(arguments);
    uint32_t out_bandwidth = take_u32(arguments);
    uint32_t checksum = take_number(arguments, 1);
    struct limits limits = take_limits(arguments);
    if (!complete(arguments))
        return;
    if (hosts[id] != NULL) {
        arguments->error = "that host exists";
        return;
    }

    world_expect_socket(id);
    ENetHost *host = enet_host_create(&address, max_peers, channel_limit, in_bandwidth, out_bandwidth);
    printf("result %d\n", host == NULL ? -1 : 0);
    if (host == NULL)
        return;
    hosts[id] = host;
    apply_limits(host, limits);
    host->checksum = checksum ? enet_crc32 : NULL;
    /* The library mixes a memory address and the time into the seed; connectIDs shall be the same in every run. */
    host->randomSeed = (enet_uint32) id << 16;
}

static void command_destroy(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (complete(arguments))
        destroy_host(id);
}

static void command_compress(struct arguments *arguments)
{
    int id = take_host(arguments);
    const char *name = take_word(arguments);
    if (!complete(arguments))
        return;
    if (strcmp(name, "none") == 0)
        enet_host_compress(hosts[id], NULL);
    else if (strcmp(name, "range-coder") != 0)
        arguments->error = "a compressor is none or range-coder";
    else if (!use_range_coder(hosts[id]))
        arguments->error = "out of memory";
}

static void command_set_host(struct arguments *arguments)
{
    int id = take_host(arguments);
    const char *field = take_word(arguments);
    uint32_t value = take_u32(arguments);
    if (!complete(arguments))
        return;
    ENetHost *host = hosts[id];
    if (strcmp(field, "duplicatePeers") == 0)
        host->duplicatePeers = value;
    else if (strcmp(field, "maximumPacketSize") == 0)
        host->maximumPacketSize = value;
    else if (strcmp(field, "maximumWaitingData") == 0)
        host->maximumWaitingData = value;
    else if (strcmp(field, "randomSeed") == 0)
        host->randomSeed = value;
    else if (strcmp(field, "mtu") != 0)
        arguments->error = "no such field";
    else if (value < ENET_PROTOCOL_MINIMUM_MTU || value > ENET_PROTOCOL_MAXIMUM_MTU)
        arguments->error = "the MTU is 576 to 4096";
    else
        host->mtu = value;
}

static void command_bandwidth(struct arguments *arguments)
{
    int id = take_host(arguments);
    uint32_t incoming = take_u32(arguments);
    uint32_t outgoing = take_u32(arguments);
    if (complete(arguments))
        enet_host_bandwidth_limit(hosts[id], incoming, outgoing);
}

static void command_channel_limit(struct arguments *arguments)
{
    int id = take_host(arguments);
    uint32_t limit = take_u32(arguments);
    if (complete(arguments))
        enet_host_channel_limit(hosts[id], limit);
}

/* ---- the service loop ---- */

static void command_service(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (!complete(arguments))
        return;
    ENetEvent event;
    int result = enet_host_service(hosts[id], &event, 0);
    if (result > 0)
        finish_event(id, &event);
    printf("result %d\n", result);
}

static void command_service_null(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (complete(arguments))
        printf("result %d\n", enet_host_service(hosts[id], NULL, 0));
}

static void command_check(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (!complete(arguments))
        return;
    ENetEvent event;
    int result = enet_host_check_events(hosts[id], &event);
    if (result > 0)
        finish_event(id, &event);
    printf("result %d\n", result);
}

static void command_drain(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (!complete(arguments))
        return;
    ENetEvent event;
    int result;
    while ((result = enet_host_service(hosts[id], &event, 0)) > 0) {
        finish_event(id, &event);
        drop_stale_dispatch_entries(hosts[id]);
    }
    printf("result %d\n", result);
}

static void command_flush(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (complete(arguments))
        enet_host_flush(hosts[id]);
}

static void command_host_state(struct arguments *arguments)
{
    int id = take_host(arguments);
    if (complete(arguments))
        report_host(id, hosts[id]);
}

const struct command host_commands[] = {
    { "clock", command_clock },
    { "deliver", command_deliver },
    { "service", command_service },
    { "drain", command_drain },
    { "flush", command_flush },
    { "check", command_check },
    { "service-null", command_service_null },
    { "host-state", command_host_state },
    { "host", command_host },
    { "destroy", command_destroy },
    { "compress", command_compress },
    { "set-host", command_set_host },
    { "bandwidth", command_bandwidth },
    { "channel-limit", command_channel_limit },
    { "reset-all", command_reset_all },
    { "version", command_version },
    { NULL, NULL },
};
