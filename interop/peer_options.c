#include "peer.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, SWITCH, MODE, ENDING };

struct flag {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define FLAG(name, kind, field) { name, kind, offsetof(struct options, field) }

static const struct flag flags[] = {
    FLAG("--host", TEXT, host),
    FLAG("--port", NUMBER, port),
    FLAG("--max-peers", NUMBER, max_peers),
    FLAG("--channels", NUMBER, channels),
    FLAG("--in-bandwidth", NUMBER, in_bandwidth),
    FLAG("--out-bandwidth", NUMBER, out_bandwidth),
    FLAG("--mtu", NUMBER, mtu),
    FLAG("--checksum", SWITCH, checksum),
    FLAG("--range-coder", SWITCH, range_coder),
    FLAG("--seconds", NUMBER, seconds),
    FLAG("--kick-after-first-receive", ENDING, kick),
    FLAG("--kick-data", NUMBER, kick_data),
    FLAG("--no-echo", SWITCH, no_echo),
    FLAG("--data", NUMBER, data),
    FLAG("--messages", NUMBER, messages),
    FLAG("--size", NUMBER, size),
    FLAG("--channel", NUMBER, channel),
    FLAG("--all-channels", SWITCH, all_channels),
    FLAG("--mode", MODE, mode),
    FLAG("--seed", NUMBER, seed),
    FLAG("--game", SWITCH, game),
    FLAG("--disconnect", ENDING, disconnect),
    FLAG("--disconnect-data", NUMBER, disconnect_data),
    FLAG("--timeout-ms", NUMBER, timeout_ms),
    FLAG("--stay", SWITCH, stay),
};

struct name_value {
    const char *name;
    uint32_t value;
};

static const struct name_value mode_names[] = {
    { "reliable", ENET_PACKET_FLAG_RELIABLE },
    { "unreliable", 0 },
    { "unsequenced", ENET_PACKET_FLAG_UNSEQUENCED },
    { "unreliable-fragment", ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT },
    { NULL, 0 },
};

static const struct name_value ending_names[] = {
    { "now", ENDING_NOW },
    { "later", ENDING_LATER },
    { "normal", ENDING_NORMAL },
    { NULL, 0 },
};

static const struct flag *find_flag(const char *name)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; ++i)
        if (strcmp(flags[i].name, name) == 0)
            return &flags[i];
    return NULL;
}

static bool parse_number(const char *text, uint32_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (end == text || *end != '\0' || *text == '-' || errno != 0 || value > UINT32_MAX)
        return false;
    *number = (uint32_t) value;
    return true;
}

static const struct name_value *find_name(const struct name_value *names, const char *text)
{
    for (; names->name != NULL; ++names)
        if (strcmp(names->name, text) == 0)
            return names;
    return NULL;
}

static bool store_value(const struct flag *flag, const char *text, struct options *options)
{
    void *field = (char *) options + flag->offset;
    const struct name_value *found;
    switch (flag->kind) {
    case TEXT:
        *(const char **) field = text;
        return true;
    case NUMBER:
        return parse_number(text, field);
    case MODE:
        found = find_name(mode_names, text);
        if (found != NULL)
            *(uint32_t *) field = found->value;
        return found != NULL;
    case ENDING:
        found = find_name(ending_names, text);
        if (found != NULL)
            *(enum ending *) field = (enum ending) found->value;
        return found != NULL;
    case SWITCH:
        break;
    }
    return false;
}

static bool check_ranges(const struct options *options)
{
    const char *mistake = NULL;
    if (options->port > 65535)
        mistake = "--port is at most 65535";
    else if (options->max_peers < 1 || options->max_peers > ENET_PROTOCOL_MAXIMUM_PEER_ID)
        mistake = "--max-peers is 1 to 4095";
    else if (options->mtu != 0
        && (options->mtu < ENET_PROTOCOL_MINIMUM_MTU || options->mtu > ENET_PROTOCOL_MAXIMUM_MTU))
        mistake = "--mtu is 576 to 4096";
    else if (options->channel > 254)
        mistake = "--channel is at most 254";
    else if (options->size > ENET_HOST_DEFAULT_MAXIMUM_PACKET_SIZE)
        mistake = "--size is at most 33554432";
    if (mistake != NULL)
        fprintf(stderr, "%s\n", mistake);
    return mistake == NULL;
}

bool parse_options(int argc, char **argv, struct options *options)
{
    for (int i = 2; i < argc; ++i) {
        const struct flag *flag = find_flag(argv[i]);
        if (flag == NULL) {
            fprintf(stderr, "unknown flag: %s\n", argv[i]);
            return false;
        }
        if (flag->kind == SWITCH) {
            *(bool *) ((char *) options + flag->offset) = true;
            continue;
        }
        ++i;
        if (i == argc || !store_value(flag, argv[i], options)) {
            fprintf(stderr, "%s needs a valid value\n", flag->name);
            return false;
        }
    }
    return check_ranges(options);
}

const char *mode_name(uint32_t packet_flags)
{
    if (packet_flags & ENET_PACKET_FLAG_RELIABLE)
        return "reliable";
    if (packet_flags & ENET_PACKET_FLAG_UNSEQUENCED)
        return "unsequenced";
    if (packet_flags & ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT)
        return "unreliable-fragment";
    return "unreliable";
}
