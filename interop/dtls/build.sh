#!/bin/sh
# Builds the mbedTLS program into interop/build/.
set -eu

cd "$(dirname "$0")"

fail() {
    echo "$1" >&2
    exit 1
}

command -v gcc > /dev/null 2>&1 || fail "gcc is missing: apt-get install gcc libc6-dev"
command -v openssl > /dev/null 2>&1 || fail "openssl is missing: apt-get install openssl"
echo '#include <mbedtls/ssl.h>' | gcc -E -x c - > /dev/null 2>&1 || fail "mbedTLS is missing: apt-get install libmbedtls-dev"

mkdir -p ../build
# linked to a private name first, so that a program that is still running is never overwritten
gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -Werror -o "../build/.mbedtls_peer.$$" mbedtls_peer.c \
    -lmbedtls -lmbedx509 -lmbedcrypto
mv "../build/.mbedtls_peer.$$" ../build/mbedtls_peer

echo "built interop/build/mbedtls_peer"
