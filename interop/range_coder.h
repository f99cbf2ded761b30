#ifndef INTEROP_RANGE_CODER_H
#define INTEROP_RANGE_CODER_H

#include <enet/enet.h>
#include <stdbool.h>

/*
 * Installs libenet's range coder on a host. The library's own enet_host_compress_with_range_coder() makes the process
 * read through a null pointer as soon as an empty packet is sent, so the coder is given the non-empty buffers only.
 */
bool use_range_coder(ENetHost *host);

#endif
