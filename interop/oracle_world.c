#include "oracle_world.h"
#include "oracle_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A datagram on its way to a host. The library reads at most one maximum MTU, but its true length decides. */
struct datagram {
    struct datagram *next;
    ENetAddress from;
    size_t length;
    uint8_t bytes[DATAGRAM_LIMIT];
};

struct socket {
    ENetAddress address;
    struct datagram *first;
    struct datagram **end; /* where the next one is linked */
};

static uint32_t current_time;
static struct socket sockets[HOST_LIMIT];
static int expected_socket = ENET_SOCKET_NULL;
static int sockets_created;

/* Datagrams that arrived are kept here to be filled again. */
static struct datagram *spare;

void world_set_clock(uint32_t ms)
{
    current_time = ms;
}

void world_expect_socket(int id)
{
    expected_socket = id;
}

uint8_t *world_datagram_buffer(void)
{
    if (spare == NULL)
        spare = calloc(1, sizeof *spare);
    return spare == NULL ? NULL : spare->bytes;
}

void world_deliver(int id, ENetAddress from, size_t length)
{
    struct datagram *datagram = spare;
    spare = datagram->next;
    datagram->next = NULL;
    datagram->from = from;
    datagram->length = length;
    *sockets[id].end = datagram;
    sockets[id].end = &datagram->next;
}

static struct datagram *take_first(struct socket *socket)
{
    struct datagram *datagram = socket->first;
    if (datagram == NULL)
        return NULL;
    socket->first = datagram->next;
    if (socket->first == NULL)
        socket->end = &socket->first;
    datagram->next = spare;
    spare = datagram;
    return datagram;
}

enet_uint32 enet_time_get(void)
{
    return current_time;
}

void enet_time_set(enet_uint32 time)
{
    current_time = time;
}

ENetSocket enet_socket_create(ENetSocketType type)
{
    (void) type;
    ++sockets_created;
    if (expected_socket != ENET_SOCKET_NULL) {
        struct socket *socket = &sockets[expected_socket];
        socket->first = NULL;
        socket->end = &socket->first;
    }
    return expected_socket;
}

int enet_socket_bind(ENetSocket id, const ENetAddress *address)
{
    sockets[id].address = *address;
    return 0;
}

int enet_socket_get_address(ENetSocket id, ENetAddress *address)
{
    *address = sockets[id].address;
    return 0;
}

int enet_socket_set_option(ENetSocket id, ENetSocketOption option, int value)
{
    (void) id, (void) option, (void) value;
    return 0;
}

int enet_socket_send(ENetSocket id, const ENetAddress *address, const ENetBuffer *buffers, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; ++i)
        length += buffers[i].dataLength;
    printf("datagram %d ", id);
    write_address(*address);
    putchar_unlocked(' ');
    write_buffers(buffers, count);
    putchar_unlocked('\n');
    return (int) length;
}

int enet_socket_receive(ENetSocket id, ENetAddress *address, ENetBuffer *buffers, size_t count)
{
    (void) count; /* the library always offers one buffer */
    struct datagram *datagram = take_first(&sockets[id]);
    if (datagram == NULL)
        return 0;
    /* The library's own socket layer reports a truncated datagram as an error and drops it. */
    if (datagram->length > buffers->dataLength)
        return -1;
    memcpy(buffers->data, datagram->bytes, datagram->length);
    *address = datagram->from;
    return (int) datagram->length;
}

/* Never reached as long as every service call has a timeout of 0. */
int enet_socket_wait(ENetSocket id, enet_uint32 *condition, enet_uint32 timeout)
{
    (void) id, (void) timeout;
    *condition = ENET_SOCKET_WAIT_NONE;
    return 0;
}

void enet_socket_destroy(ENetSocket id)
{
    if (id == ENET_SOCKET_NULL)
        return;
    while (take_first(&sockets[id]) != NULL)
        continue;
}

bool world_is_in_effect(void)
{
    static const uint32_t unlikely_time = 0x7e57c10c;
    world_expect_socket(0);
    world_set_clock(unlikely_time);
    ENetHost *host = enet_host_create(NULL, 1, 1, 0, 0);
    if (host == NULL)
        return false;
    ENetEvent event;
    bool sockets_are_ours = sockets_created == 1 && host->socket == 0;
    bool clock_is_ours = sockets_are_ours && enet_host_service(host, &event, 0) == 0
        && host->serviceTime == unlikely_time;
    enet_host_destroy(host);
    world_set_clock(0);
    return clock_is_ours;
}
