#include "oracle_arguments.h"
#include "oracle_text.h"
#include "pattern.h"

#include <string.h>

enum { PATTERN_LIMIT = 64 << 20 };

ENetHost *hosts[HOST_LIMIT];

const char *take_word(struct arguments *arguments)
{
    if (arguments->left == 0) {
        if (arguments->error == NULL)
            arguments->error = "too few words";
        return "";
    }
    --arguments->left;
    return *arguments->words++;
}

uint32_t take_number(struct arguments *arguments, uint32_t maximum)
{
    const char *word = take_word(arguments);
    uint32_t value = 0;
    if (arguments->error == NULL && (!parse_u32(word, &value) || value > maximum))
        arguments->error = "a number is malformed or out of range";
    return arguments->error == NULL ? value : 0;
}

uint32_t take_u32(struct arguments *arguments)
{
    return take_number(arguments, UINT32_MAX);
}

uint32_t take_optional(struct arguments *arguments, uint32_t maximum, uint32_t otherwise)
{
    if (arguments->left == 0)
        return otherwise;
    if (strcmp(*arguments->words, "-") == 0) {
        take_word(arguments);
        return otherwise;
    }
    return take_number(arguments, maximum);
}

ENetAddress take_address(struct arguments *arguments)
{
    ENetAddress address = { .host = 0, .port = 0 };
    const char *ip = take_word(arguments);
    uint32_t port = take_number(arguments, 65535);
    if (arguments->error == NULL && !parse_ip(ip, &address.host))
        arguments->error = "malformed IPv4 address";
    address.port = (enet_uint16) port;
    return address;
}

int take_id(struct arguments *arguments)
{
    return (int) take_number(arguments, HOST_LIMIT - 1);
}

int take_host(struct arguments *arguments)
{
    int id = take_id(arguments);
    if (arguments->error == NULL && hosts[id] == NULL)
        arguments->error = "no such host";
    return id;
}

ENetPeer *take_slot(struct arguments *arguments, int id)
{
    uint32_t slot = take_u32(arguments);
    if (arguments->error == NULL && slot >= hosts[id]->peerCount)
        arguments->error = "no such peer";
    return arguments->error == NULL ? &hosts[id]->peers[slot] : NULL;
}

ENetPeer *take_peer(struct arguments *arguments)
{
    int id = take_host(arguments);
    return take_slot(arguments, id);
}

bool complete(struct arguments *arguments)
{
    if (arguments->error == NULL && arguments->left > 0)
        arguments->error = "too many words";
    return arguments->error == NULL;
}

static ENetPacket *pattern_packet(struct arguments *arguments, char *word, uint32_t flags)
{
    uint32_t length, seed;
    char *colon = strchr(word, ':');
    if (colon != NULL)
        *colon = '\0';
    if (colon == NULL || !parse_u32(word + 1, &length) || length > PATTERN_LIMIT || !parse_u32(colon + 1, &seed)) {
        arguments->error = "malformed pattern, expected #LEN:SEED";
        return NULL;
    }
    ENetPacket *packet = enet_packet_create(NULL, length, flags);
    uint32_t state = pattern_start(seed);
    if (packet != NULL)
        pattern_fill(&state, packet->data, length);
    return packet;
}

static ENetPacket *hex_packet(struct arguments *arguments, const char *word, uint32_t flags)
{
    long length = hex_length(word);
    if (length < 0) {
        arguments->error = "malformed payload";
        return NULL;
    }
    ENetPacket *packet = enet_packet_create(NULL, (size_t) length, flags);
    if (packet != NULL)
        hex_decode(word, packet->data);
    return packet;
}

ENetPacket *take_packet(struct arguments *arguments)
{
    uint32_t flags = take_u32(arguments);
    char *word = (char *) take_word(arguments);
    if (!complete(arguments))
        return NULL;
    /* Without allocation the library would use memory of ours beyond this command. */
    if (flags & ENET_PACKET_FLAG_NO_ALLOCATE) {
        arguments->error = "the flag 4 is not supported";
        return NULL;
    }
    ENetPacket *packet = *word == '#' ? pattern_packet(arguments, word, flags) : hex_packet(arguments, word, flags);
    if (packet == NULL && arguments->error == NULL)
        arguments->error = "out of memory";
    return packet;
}

uint8_t *take_bytes(struct arguments *arguments, size_t *length)
{
    char *word = (char *) take_word(arguments);
    long found = hex_length(word);
    *length = 0;
    if (arguments->error == NULL && (found < 0 || found > BYTES_LIMIT))
        arguments->error = "malformed or too long bytes";
    if (arguments->error != NULL)
        return NULL;
    *length = (size_t) found;
    hex_decode(word, (uint8_t *) word);
    return (uint8_t *) word;
}
