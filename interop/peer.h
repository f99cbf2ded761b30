/* What the modes of the peer program share: options, the host they create from them, and clocks. */
#ifndef INTEROP_PEER_H
#define INTEROP_PEER_H

#include <enet/enet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum ending { ENDING_NONE, ENDING_NOW, ENDING_LATER, ENDING_NORMAL };

struct options {
    const char *host;
    uint32_t port;
    uint32_t max_peers;
    uint32_t channels;
    uint32_t in_bandwidth;
    uint32_t out_bandwidth;
    uint32_t mtu; /* 0: the library's default */
    bool checksum;
    bool range_coder;

    uint32_t seconds;
    enum ending kick;
    uint32_t kick_data;
    bool no_echo;

    uint32_t data;
    uint32_t messages;
    uint32_t size;
    uint32_t channel;
    bool all_channels;
    uint32_t mode; /* packet flags */
    uint32_t seed;
    bool game;
    enum ending disconnect;
    uint32_t disconnect_data;
    uint32_t timeout_ms;
    bool stay;
};

/* Fills the options from argv[2] on; on a mistake prints it and returns false. */
bool parse_options(int argc, char **argv, struct options *options);

/* The name of the delivery mode that packet flags stand for. */
const char *mode_name(uint32_t flags);

ENetHost *create_server_host(const struct options *options);
ENetHost *create_client_host(const struct options *options, ENetAddress *server);

/* Prints the listening event. */
void announce_listening(const ENetHost *host);

/* Ends a connection in the given form; ENDING_NONE does nothing. */
void end_connection(ENetPeer *peer, enum ending ending, uint32_t data);

size_t slot_of(const ENetPeer *peer);

/* Prints one JSON object as a line of its own and flushes it. */
void emit(const char *format, ...) __attribute__((format(printf, 1, 2)));

void emit_receive(const ENetEvent *event, const char *sha256);

double now_ms(void);

/* Set by SIGINT and SIGTERM once handle_signals() was called. */
extern volatile sig_atomic_t stop_requested;
void handle_signals(void);

/* Longest sleep in one service call: bounds how late a retransmission or a stop request is noticed. */
enum { SERVICE_SLICE_MS = 10 };

int run_server(const struct options *options);
int run_client(const struct options *options);
int run_flood_server(const struct options *options);
int run_flood_client(const struct options *options);

#endif
