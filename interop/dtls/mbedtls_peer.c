/*
 * A DTLS 1.2 peer on mbedTLS 2.28, on loopback, for interoperation tests.
 *
 *   mbedtls_peer server --cert FILE --key FILE [--suite NAME] [--group NAME] [--mtu N] [--sessions N]
 *   mbedtls_peer client --port N --ca FILE --host NAME [--suite NAME] [--group NAME] [--mtu N] [--messages N]
 *                       [--size N]
 *
 * The server asks for cookies, echoes every datagram, and prints {"event":"listening","port":N} first. The client sends so
 * many datagrams of up to so many bytes, waits for the echo of each, and closes. Both print one JSON object per line.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/timing.h>
#include <mbedtls/x509_crt.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { READ_TIMEOUT = 5000, BUFFER = 17000, LARGEST = 1000 };

struct options {
    const char *role;
    const char *cert;
    const char *key;
    const char *ca;
    const char *host;
    const char *port;
    const char *suite;
    const char *group;
    int mtu;
    int messages;
    int size;
    int sessions;
};

struct peer {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_cookie_ctx cookies;
    mbedtls_timing_delay_context timer;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
    mbedtls_net_context socket;
    int suites[2];
    mbedtls_ecp_group_id groups[2];
};

static void fail(const char *what, int code) {
    char text[200] = "";
    mbedtls_strerror(code, text, sizeof text);
    printf("{\"event\":\"failed\",\"what\":\"%s\",\"code\":%d,\"detail\":\"%s\"}\n", what, -code, text);
    fflush(stdout);
    exit(1);
}

static void check(const char *what, int code) {
    if (code < 0) fail(what, code);
}

static void say(const char *event) {
    printf("{\"event\":\"%s\"}\n", event);
    fflush(stdout);
}

static int number(const char *text) {
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0 || value > 1000000) {
        fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return (int)value;
}

static struct options parse(int argc, char **argv) {
    struct options options = {.host = "localhost", .messages = 10, .size = LARGEST, .sessions = 1};
    if (argc < 2 || (strcmp(argv[1], "server") != 0 && strcmp(argv[1], "client") != 0)) {
        fprintf(stderr, "usage: mbedtls_peer server|client [--flag value]...\n");
        exit(2);
    }
    options.role = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        const char *flag = argv[i];
        const char *value = argv[i + 1];
        if (strcmp(flag, "--cert") == 0) options.cert = value;
        else if (strcmp(flag, "--key") == 0) options.key = value;
        else if (strcmp(flag, "--ca") == 0) options.ca = value;
        else if (strcmp(flag, "--host") == 0) options.host = value;
        else if (strcmp(flag, "--port") == 0) options.port = value;
        else if (strcmp(flag, "--suite") == 0) options.suite = value;
        else if (strcmp(flag, "--group") == 0) options.group = value;
        else if (strcmp(flag, "--mtu") == 0) options.mtu = number(value);
        else if (strcmp(flag, "--messages") == 0) options.messages = number(value);
        else if (strcmp(flag, "--size") == 0) options.size = number(value);
        else if (strcmp(flag, "--sessions") == 0) options.sessions = number(value);
        else {
            fprintf(stderr, "unknown flag: %s\n", flag);
            exit(2);
        }
    }
    if (options.size < 1 || options.size > LARGEST) {
        fprintf(stderr, "--size is from 1 to %d\n", LARGEST);
        exit(2);
    }
    return options;
}

/* What both roles have in common. */
static void configure(struct peer *peer, const struct options *options, int endpoint) {
    mbedtls_entropy_init(&peer->entropy);
    mbedtls_ctr_drbg_init(&peer->random);
    mbedtls_ssl_config_init(&peer->config);
    mbedtls_ssl_init(&peer->ssl);
    mbedtls_ssl_cookie_init(&peer->cookies);
    mbedtls_x509_crt_init(&peer->certificate);
    mbedtls_pk_init(&peer->key);
    mbedtls_net_init(&peer->socket);
    check("seed", mbedtls_ctr_drbg_seed(&peer->random, mbedtls_entropy_func, &peer->entropy, NULL, 0));
    check("defaults", mbedtls_ssl_config_defaults(&peer->config, endpoint, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                                  MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&peer->config, mbedtls_ctr_drbg_random, &peer->random);
    mbedtls_ssl_conf_read_timeout(&peer->config, READ_TIMEOUT);
    mbedtls_ssl_conf_min_version(&peer->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_handshake_timeout(&peer->config, 1000, 8000);
    if (options->suite != NULL) {
        peer->suites[0] = mbedtls_ssl_get_ciphersuite_id(options->suite);
        if (peer->suites[0] == 0) fail("unknown suite", 0);
        mbedtls_ssl_conf_ciphersuites(&peer->config, peer->suites);
    }
    if (options->group != NULL) {
        const mbedtls_ecp_curve_info *curve = mbedtls_ecp_curve_info_from_name(options->group);
        if (curve == NULL) fail("unknown group", 0);
        peer->groups[0] = curve->grp_id;
        peer->groups[1] = MBEDTLS_ECP_DP_NONE;
        mbedtls_ssl_conf_curves(&peer->config, peer->groups);
    }
}

static void set_up(struct peer *peer, const struct options *options) {
    check("setup", mbedtls_ssl_setup(&peer->ssl, &peer->config));
    if (options->mtu > 0) mbedtls_ssl_set_mtu(&peer->ssl, (uint16_t)options->mtu);
    mbedtls_ssl_set_timer_cb(&peer->ssl, &peer->timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
    mbedtls_ssl_set_bio(&peer->ssl, &peer->socket, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
}

static int shake_hands(struct peer *peer) {
    int code;
    do code = mbedtls_ssl_handshake(&peer->ssl);
    while (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE);
    return code;
}

static void report_open(struct peer *peer) {
    printf("{\"event\":\"open\",\"suite\":\"%s\",\"version\":\"%s\"}\n", mbedtls_ssl_get_ciphersuite(&peer->ssl),
           mbedtls_ssl_get_version(&peer->ssl));
    fflush(stdout);
}

static int receive(struct peer *peer, unsigned char *buffer) {
    int code;
    do code = mbedtls_ssl_read(&peer->ssl, buffer, BUFFER);
    while (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE);
    return code;
}

static int transmit(struct peer *peer, const unsigned char *bytes, size_t length) {
    int code;
    do code = mbedtls_ssl_write(&peer->ssl, bytes, length);
    while (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE);
    return code;
}

static void run_client(struct peer *peer, const struct options *options) {
    static unsigned char buffer[BUFFER];
    configure(peer, options, MBEDTLS_SSL_IS_CLIENT);
    if (options->ca == NULL || options->port == NULL) {
        fprintf(stderr, "a client needs --ca and --port\n");
        exit(2);
    }
    check("ca", mbedtls_x509_crt_parse_file(&peer->certificate, options->ca));
    mbedtls_ssl_conf_ca_chain(&peer->config, &peer->certificate, NULL);
    mbedtls_ssl_conf_authmode(&peer->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    check("connect", mbedtls_net_connect(&peer->socket, "127.0.0.1", options->port, MBEDTLS_NET_PROTO_UDP));
    set_up(peer, options);
    check("host name", mbedtls_ssl_set_hostname(&peer->ssl, options->host));
    check("handshake", shake_hands(peer));
    report_open(peer);
    for (int i = 0; i < options->messages; i++) {
        unsigned char message[LARGEST];
        size_t length = (size_t)(i * 97) % (size_t)options->size + 1;
        for (size_t at = 0; at < length; at++) message[at] = (unsigned char)((size_t)i + at);
        check("write", transmit(peer, message, length));
        int got = receive(peer, buffer);
        check("read", got);
        if ((size_t)got != length || memcmp(buffer, message, length) != 0) fail("another echo", 0);
    }
    check("close", mbedtls_ssl_close_notify(&peer->ssl));
    /* closed by both: the answer is a close_notify as well */
    int code = receive(peer, buffer);
    say(code == 0 || code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? "closed" : "silence");
    say("done");
}

static void print_port(const mbedtls_net_context *socket) {
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    if (getsockname(socket->fd, (struct sockaddr *)&address, &length) != 0) fail("getsockname", 0);
    printf("{\"event\":\"listening\",\"port\":%d}\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* Echoes until the client closes. Gives false when it just went away. */
static bool echo(struct peer *peer) {
    static unsigned char buffer[BUFFER];
    for (;;) {
        int got = receive(peer, buffer);
        if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || got == 0) {
            (void)mbedtls_ssl_close_notify(&peer->ssl);
            return true;
        }
        if (got < 0) return false;
        check("write", transmit(peer, buffer, (size_t)got));
    }
}

static void run_server(struct peer *peer, const struct options *options) {
    mbedtls_net_context listener;
    configure(peer, options, MBEDTLS_SSL_IS_SERVER);
    if (options->cert == NULL || options->key == NULL) {
        fprintf(stderr, "a server needs --cert and --key\n");
        exit(2);
    }
    check("certificate", mbedtls_x509_crt_parse_file(&peer->certificate, options->cert));
    check("key", mbedtls_pk_parse_keyfile(&peer->key, options->key, NULL));
    check("own certificate", mbedtls_ssl_conf_own_cert(&peer->config, &peer->certificate, &peer->key));
    check("cookies", mbedtls_ssl_cookie_setup(&peer->cookies, mbedtls_ctr_drbg_random, &peer->random));
    mbedtls_ssl_conf_dtls_cookies(&peer->config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &peer->cookies);
    mbedtls_net_init(&listener);
    check("bind", mbedtls_net_bind(&listener, "127.0.0.1", "0", MBEDTLS_NET_PROTO_UDP));
    print_port(&listener);
    set_up(peer, options);
    for (int served = 0; served < options->sessions; served++) {
        unsigned char address[16];
        size_t length = 0;
        mbedtls_net_free(&peer->socket);
        check("accept", mbedtls_net_accept(&listener, &peer->socket, address, sizeof address, &length));
        int code;
        do {
            /* the socket is the client's own from its first hello on, so the second one arrives here as well */
            mbedtls_ssl_session_reset(&peer->ssl);
            check("client id", mbedtls_ssl_set_client_transport_id(&peer->ssl, address, length));
            code = shake_hands(peer);
        } while (code == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED);
        if (code != 0) {
            printf("{\"event\":\"refused\",\"code\":%d}\n", -code);
            fflush(stdout);
            continue;
        }
        report_open(peer);
        say(echo(peer) ? "closed" : "silence");
    }
    say("done");
}

int main(int argc, char **argv) {
    static struct peer peer;
    const struct options options = parse(argc, argv);
    if (strcmp(options.role, "client") == 0) run_client(&peer, &options);
    else run_server(&peer, &options);
    return 0;
}
