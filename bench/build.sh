#!/bin/sh
# Builds the C partner of the benchmarks into bench/build/.
set -eu

cd "$(dirname "$0")"

fail() {
    echo "$1" >&2
    exit 1
}

command -v gcc > /dev/null 2>&1 || fail "gcc is missing: apt-get install gcc libc6-dev"
echo '#include <enet/enet.h>' | gcc -E -x c - > /dev/null 2>&1 || fail "libenet is missing: apt-get install libenet-dev"

mkdir -p build
# to a private name first, so that a program that is still running is never overwritten
gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -Werror -pthread -o "build/.enet_bench.$$" \
    c/main.c c/server.c c/client.c c/udp.c -lenet
mv "build/.enet_bench.$$" build/enet_bench
