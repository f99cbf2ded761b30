#include "peer.h"
#include "range_coder.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void) signal_number;
    stop_requested = 1;
}

void handle_signals(void)
{
    struct sigaction action = { .sa_handler = request_stop };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void set_mtu(ENetHost *host, uint32_t mtu)
{
    host->mtu = mtu;
    /* Slots took the default over when the host was created, and 1.3.17 does not read the host's value again. */
    for (size_t i = 0; i < host->peerCount; ++i)
        host->peers[i].mtu = mtu;
}

static ENetHost *create_host(const struct options *options, const ENetAddress *bind_address, size_t slots)
{
    ENetHost *host = enet_host_create(
        bind_address, slots, options->channels, options->in_bandwidth, options->out_bandwidth);
    if (host == NULL) {
        fprintf(stderr, "the host could not be created: is the port in use?\n");
        return NULL;
    }
    if (options->mtu != 0)
        set_mtu(host, options->mtu);
    if (options->checksum)
        host->checksum = enet_crc32;
    if (options->range_coder && !use_range_coder(host)) {
        fprintf(stderr, "the range coder could not be created\n");
        enet_host_destroy(host);
        return NULL;
    }
    return host;
}

static bool resolve(const struct options *options, ENetAddress *address)
{
    address->port = (enet_uint16) options->port;
    if (enet_address_set_host(address, options->host) == 0)
        return true;
    fprintf(stderr, "unknown host: %s\n", options->host);
    return false;
}

ENetHost *create_server_host(const struct options *options)
{
    ENetAddress address;
    return resolve(options, &address) ? create_host(options, &address, options->max_peers) : NULL;
}

ENetHost *create_client_host(const struct options *options, ENetAddress *server)
{
    if (!resolve(options, server))
        return NULL;
    /* A client of a loopback server is itself bound to loopback, so that nothing else can reach its socket. */
    bool loopback = ntohl(server->host) >> 24 == 127;
    ENetAddress local = { .host = htonl(INADDR_LOOPBACK), .port = ENET_PORT_ANY };
    return create_host(options, loopback ? &local : NULL, 1);
}

void announce_listening(const ENetHost *host)
{
    char name[INET_ADDRSTRLEN] = "";
    enet_address_get_host_ip(&host->address, name, sizeof name);
    emit("{\"event\":\"listening\",\"host\":\"%s\",\"port\":%u}", name, (unsigned) host->address.port);
}

void end_connection(ENetPeer *peer, enum ending ending, uint32_t data)
{
    switch (ending) {
    case ENDING_NONE:
        break;
    case ENDING_NOW:
        enet_peer_disconnect_now(peer, data);
        break;
    case ENDING_LATER:
        enet_peer_disconnect_later(peer, data);
        break;
    case ENDING_NORMAL:
        enet_peer_disconnect(peer, data);
        break;
    }
}

size_t slot_of(const ENetPeer *peer)
{
    return (size_t) (peer - peer->host->peers);
}

void emit(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

void emit_receive(const ENetEvent *event, const char *sha256)
{
    emit("{\"event\":\"receive\",\"peer\":%zu,\"channel\":%u,\"length\":%zu,\"sha256\":\"%s\",\"mode\":\"%s\"}",
        slot_of(event->peer), (unsigned) event->channelID, event->packet->dataLength, sha256,
        mode_name(event->packet->flags));
}

double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}
