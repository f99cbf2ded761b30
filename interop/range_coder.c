#include "range_coder.h"

static size_t compress_filled_buffers(
    void *context, const ENetBuffer *buffers, size_t count, size_t length, enet_uint8 *out, size_t out_limit)
{
    ENetBuffer filled[ENET_BUFFER_MAXIMUM];
    size_t filled_count = 0;
    for (size_t i = 0; i < count; ++i)
        if (buffers[i].dataLength > 0)
            filled[filled_count++] = buffers[i];
    return enet_range_coder_compress(context, filled, filled_count, length, out, out_limit);
}

bool use_range_coder(ENetHost *host)
{
    ENetCompressor coder = {
        .context = enet_range_coder_create(),
        .compress = compress_filled_buffers,
        .decompress = enet_range_coder_decompress,
        .destroy = enet_range_coder_destroy,
    };
    if (coder.context == NULL)
        return false;
    enet_host_compress(host, &coder);
    return true;
}
