#!/bin/sh
# Builds the C programs into interop/build/.
set -eu

cd "$(dirname "$0")"

fail() {
    echo "$1" >&2
    exit 1
}

command -v gcc > /dev/null 2>&1 || fail "gcc is missing: apt-get install gcc libc6-dev"
echo '#include <enet/enet.h>' | gcc -E -x c - > /dev/null 2>&1 || fail "libenet is missing: apt-get install libenet-dev"

mkdir -p build

# build NAME SOURCE...: links to a private name first, so that a program that is still running is never overwritten.
build() {
    name=$1
    shift
    gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -Werror -o "build/.$name.$$" "$@" -lenet
    mv "build/.$name.$$" "build/$name"
}

shared="sha256.c range_coder.c"

# shellcheck disable=SC2086 # the list is meant to be split
build peer peer.c peer_options.c peer_host.c peer_serve.c peer_client.c peer_bench.c $shared
# shellcheck disable=SC2086
build oracle oracle.c oracle_arguments.c oracle_commands.c oracle_host_commands.c oracle_peer_commands.c oracle_report.c \
    oracle_text.c oracle_world.c $shared
build range_bench range_bench.c
build flooder flooder.c -lm
build pinger pinger.c

echo "built the programs in interop/build"
