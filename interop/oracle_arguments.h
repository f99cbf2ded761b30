/* The hosts of this process, and reading the words of a command. */
#ifndef INTEROP_ORACLE_ARGUMENTS_H
#define INTEROP_ORACLE_ARGUMENTS_H

#include "oracle_world.h"

#include <enet/enet.h>
#include <stdbool.h>
#include <stdint.h>

enum { BYTES_LIMIT = 1 << 16 };

extern ENetHost *hosts[HOST_LIMIT];

/* The words of one command; each take_*() consumes some, and the first mistake is kept in `error`. */
struct arguments {
    char **words;
    int left;
    const char *error;
};

const char *take_word(struct arguments *arguments);
uint32_t take_number(struct arguments *arguments, uint32_t maximum);
uint32_t take_u32(struct arguments *arguments);

/* For trailing words: a missing word or "-" means the default. */
uint32_t take_optional(struct arguments *arguments, uint32_t maximum, uint32_t otherwise);

ENetAddress take_address(struct arguments *arguments);

/* The id of a host that may or must exist. */
int take_id(struct arguments *arguments);
int take_host(struct arguments *arguments);

/* A slot number of a host; a host id and a slot number. NULL after a mistake. */
ENetPeer *take_slot(struct arguments *arguments, int id);
ENetPeer *take_peer(struct arguments *arguments);

/* The words FLAGS and HEX or #LEN:SEED, which end a command; NULL after a mistake. */
ENetPacket *take_packet(struct arguments *arguments);

/* Up to BYTES_LIMIT bytes, decoded in place of their word; NULL after a mistake. */
uint8_t *take_bytes(struct arguments *arguments, size_t *length);

/* True when every word was consumed and there was no mistake: only then may a command act. */
bool complete(struct arguments *arguments);

struct command {
    const char *name;
    void (*run)(struct arguments *arguments);
};

#endif
