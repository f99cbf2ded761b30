/* A libenet server or client that talks JSON lines on stdout. README.md describes the modes, flags and events. */
#include "peer.h"

#include <stdio.h>
#include <string.h>

struct mode {
    const char *name;
    int (*run)(const struct options *options);
    uint32_t default_channels;
};

static const struct mode modes[] = {
    { "serve", run_server, 255 },
    { "client", run_client, 1 },
    { "bench-flood-server", run_flood_server, 255 },
    { "bench-flood-client", run_flood_client, 1 },
};

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; ++i)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct mode *mode = argc < 2 ? NULL : find_mode(argv[1]);
    if (mode == NULL) {
        fprintf(stderr, "usage: peer serve|client|bench-flood-server|bench-flood-client [--flag value]...\n");
        return 2;
    }

    struct options options = {
        .host = "127.0.0.1",
        .max_peers = 32,
        .channels = mode->default_channels,
        .seconds = 60,
        .messages = 10,
        .size = 64,
        .mode = ENET_PACKET_FLAG_RELIABLE,
        .seed = 1,
        .disconnect = ENDING_NORMAL,
        .timeout_ms = 10000,
    };
    if (!parse_options(argc, argv, &options))
        return 2;
    if (enet_initialize() != 0) {
        fprintf(stderr, "libenet did not initialize\n");
        return 1;
    }

    handle_signals();
    int status = mode->run(&options);
    enet_deinitialize();
    return status;
}
