/*
 * The world the library sees: a clock that stands still until it is set, and sockets that only exist in this process.
 * oracle_world.c defines enet_time_get() and the enet_socket_*() functions itself; the library calls them through its
 * procedure linkage table, where the definitions of the executable win.
 */
#ifndef INTEROP_ORACLE_WORLD_H
#define INTEROP_ORACLE_WORLD_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stdint.h>

enum { HOST_LIMIT = 64, DATAGRAM_LIMIT = 65507 };

/* True when the library really uses this world; must be called first. */
bool world_is_in_effect(void);

void world_set_clock(uint32_t ms);

/* The next socket the library creates belongs to this host id. */
void world_expect_socket(int id);

/* Where the bytes of the next datagram for a host go; NULL when memory ends. Only deliver() makes it arrive. */
uint8_t *world_datagram_buffer(void);
void world_deliver(int id, ENetAddress from, size_t length);

#endif
