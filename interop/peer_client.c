/* The client: sends reproducible messages, compares every echo, disconnects and sums up. */
#include "pattern.h"
#include "peer.h"
#include "sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELIABLE_IN_FLIGHT = 64, UNRELIABLE_IN_FLIGHT = 16, UNRELIABLE_WAIT_MS = 200 };

struct message {
    uint8_t hash[SHA256_BYTES];
    uint8_t channel;
    bool answered;
};

struct client {
    const struct options *options;
    ENetHost *host;
    ENetPeer *peer;
    bool connected;
    bool ended;
    uint32_t end_data; /* why, in the words of the server; 0 after a timeout */
    uint32_t pattern;
    struct message *messages;
    size_t sent;
    size_t oldest_open; /* every message before this index is answered */
    size_t in_flight;
    size_t received;
    size_t mismatched;
    uint32_t round_trip_time;
};

static bool is_reliable(const struct client *client)
{
    return (client->options->mode & ENET_PACKET_FLAG_RELIABLE) != 0;
}

static bool fits(const struct message *message, const uint8_t *hash, uint8_t channel)
{
    return !message->answered && message->channel == channel && memcmp(message->hash, hash, SHA256_BYTES) == 0;
}

/* A reliable echo answers the oldest open message of its channel, whether it equals it or not. */
static bool match_in_order(struct client *client, const uint8_t *hash, uint8_t channel)
{
    for (size_t i = client->oldest_open; i < client->sent; ++i) {
        struct message *message = &client->messages[i];
        if (message->answered || message->channel != channel)
            continue;
        bool equal = fits(message, hash, channel);
        message->answered = true;
        return equal;
    }
    return false;
}

/* Other echoes may be lost or late, so any open message with these contents will do; it is probably a recent one. */
static bool match_any(struct client *client, const uint8_t *hash, uint8_t channel)
{
    for (size_t i = client->sent; i-- > client->oldest_open;) {
        if (fits(&client->messages[i], hash, channel)) {
            client->messages[i].answered = true;
            return true;
        }
    }
    return false;
}

static void on_receive(struct client *client, const ENetEvent *event)
{
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX_SIZE];
    sha256(event->packet->data, event->packet->dataLength, hash);
    sha256_to_hex(hash, hex);
    emit_receive(event, hex);
    enet_packet_destroy(event->packet);

    bool equal = is_reliable(client) ? match_in_order(client, hash, event->channelID)
                                     : match_any(client, hash, event->channelID);
    ++client->received;
    if (!equal)
        ++client->mismatched;
    if (client->in_flight > 0)
        --client->in_flight;
    while (client->oldest_open < client->sent && client->messages[client->oldest_open].answered)
        ++client->oldest_open;
}

static void on_event(struct client *client, const ENetEvent *event)
{
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT:
        client->connected = true;
        emit("{\"event\":\"connected\",\"peer\":%zu,\"channels\":%zu,\"data\":%u}", slot_of(event->peer),
            event->peer->channelCount, event->data);
        break;
    case ENET_EVENT_TYPE_RECEIVE:
        on_receive(client, event);
        break;
    case ENET_EVENT_TYPE_DISCONNECT:
        client->ended = true;
        client->end_data = event->data;
        if (client->connected)
            emit("{\"event\":\"disconnect\",\"peer\":%zu,\"data\":%u}", slot_of(event->peer), event->data);
        break;
    case ENET_EVENT_TYPE_NONE:
        break;
    }
}

/* One service call; remembers the round trip time, which a reset of the slot would erase. */
static void service(struct client *client)
{
    ENetEvent event;
    if (enet_host_service(client->host, &event, SERVICE_SLICE_MS) > 0)
        on_event(client, &event);
    if (client->peer->state == ENET_PEER_STATE_CONNECTED)
        client->round_trip_time = client->peer->roundTripTime;
}

static bool over(const struct client *client)
{
    return client->ended || stop_requested;
}

static bool connect_to_server(struct client *client, const ENetAddress *server)
{
    const struct options *options = client->options;
    client->peer = enet_host_connect(client->host, server, options->channels, options->data);
    double deadline = now_ms() + options->timeout_ms;
    while (client->peer != NULL && !client->connected && !over(client) && now_ms() < deadline)
        service(client);
    return client->connected;
}

/* Waits until fewer than `limit` messages are open, giving up when nothing was echoed for --timeout-ms. */
static bool wait_for_echoes(struct client *client, size_t limit)
{
    double last_progress = now_ms();
    while (client->in_flight >= limit && !over(client)) {
        size_t received = client->received;
        service(client);
        if (client->received != received)
            last_progress = now_ms();
        else if (now_ms() - last_progress >= client->options->timeout_ms)
            return false;
    }
    return !over(client);
}

/* Waits a moment for the echoes of a batch; what is missing then counts as lost, but may still arrive later. */
static void wait_for_batch(struct client *client)
{
    double deadline = now_ms() + UNRELIABLE_WAIT_MS;
    while (client->in_flight > 0 && !over(client) && now_ms() < deadline)
        service(client);
    client->in_flight = 0;
}

static bool make_room(struct client *client)
{
    if (is_reliable(client))
        return wait_for_echoes(client, RELIABLE_IN_FLIGHT);
    if (client->in_flight >= UNRELIABLE_IN_FLIGHT)
        wait_for_batch(client);
    return !over(client);
}

static bool send_message(struct client *client, uint8_t channel)
{
    ENetPacket *packet = enet_packet_create(NULL, client->options->size, client->options->mode);
    if (packet == NULL)
        return false;
    if (client->options->game)
        game_fill(&client->pattern, (uint32_t) client->sent, packet->data, packet->dataLength);
    else
        pattern_fill(&client->pattern, packet->data, packet->dataLength);

    struct message *message = &client->messages[client->sent];
    *message = (struct message) { .channel = channel };
    sha256(packet->data, packet->dataLength, message->hash);
    if (enet_peer_send(client->peer, channel, packet) < 0) {
        enet_packet_destroy(packet);
        fprintf(stderr, "the library refused to send on channel %u\n", (unsigned) channel);
        return false;
    }
    ++client->sent;
    ++client->in_flight;
    return true;
}

static void exchange(struct client *client, size_t count)
{
    const struct options *options = client->options;
    for (size_t i = 0; i < count; ++i) {
        uint8_t channel = (uint8_t) (options->all_channels ? i : options->channel);
        if (!make_room(client) || !send_message(client, channel))
            break;
    }
    if (is_reliable(client))
        wait_for_echoes(client, 1);
    else
        wait_for_batch(client);
}

static void wait_for_end(struct client *client)
{
    double deadline = now_ms() + client->options->timeout_ms;
    while (!over(client) && now_ms() < deadline)
        service(client);
}

static void leave(struct client *client)
{
    const struct options *options = client->options;
    if (options->stay)
        wait_for_end(client);
    if (client->ended)
        return;
    end_connection(client->peer, options->disconnect, options->disconnect_data);
    stop_requested = 0;
    if (options->disconnect != ENDING_NOW)
        wait_for_end(client);
}

static bool sum_up(const struct client *client)
{
    size_t lost = client->sent > client->received ? client->sent - client->received : 0;
    bool enough = is_reliable(client) ? lost == 0 : client->received > 0 || client->sent == 0;
    bool ok = client->mismatched == 0 && enough;
    emit("{\"event\":\"summary\",\"sent\":%zu,\"received\":%zu,\"mismatched\":%zu,\"lost\":%zu,\"rttMs\":%u,\"ok\":%s}",
        client->sent, client->received, client->mismatched, lost, client->round_trip_time, ok ? "true" : "false");
    return ok;
}

static bool talk(struct client *client)
{
    const struct options *options = client->options;
    size_t count = options->all_channels ? client->peer->channelCount : options->messages;
    client->messages = malloc((count + 1) * sizeof *client->messages);
    if (client->messages == NULL)
        return false;
    exchange(client, count);
    leave(client);
    bool ok = sum_up(client) && client->sent == count;
    free(client->messages);
    return ok;
}

int run_client(const struct options *options)
{
    ENetAddress server;
    struct client client = { .options = options, .pattern = pattern_start(options->seed) };
    client.host = create_client_host(options, &server);
    if (client.host == NULL)
        return 1;

    bool ok = connect_to_server(&client, &server);
    if (ok)
        ok = talk(&client);
    else
        emit("{\"event\":\"connect-failed\",\"data\":%u}", client.end_data);
    enet_host_destroy(client.host);
    return ok ? 0 : 1;
}
