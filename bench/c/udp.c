/* Bare datagrams for the servers that only send back what they get: the load of client.c without ENet. */
#include "bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

struct socket {
    int handle;
    uint8_t bytes[4096];
};

/* Takes what has arrived and gives how many there were; sends each back if wanted. */
static uint64_t take(struct socket *socket, int timeout, bool again)
{
    struct pollfd ready = { .fd = socket->handle, .events = POLLIN };
    if (poll(&ready, 1, timeout) <= 0)
        return 0;
    uint64_t taken = 0;
    ssize_t length;
    while ((length = recv(socket->handle, socket->bytes, sizeof socket->bytes, MSG_DONTWAIT)) >= 0) {
        ++taken;
        if (again)
            send(socket->handle, socket->bytes, (size_t) length, 0);
    }
    return taken;
}

/* load SIZE MS IN_FLIGHT */
static void load(struct socket *socket, const struct command *command)
{
    double started = now_us(), cpu = cpu_us(), end = started + (double) command->numbers[1] * 1e3;
    uint64_t messages = 0;
    for (long i = 0; i < command->numbers[2]; ++i)
        send(socket->handle, socket->bytes, (size_t) command->numbers[0], 0);
    while (now_us() < end)
        messages += take(socket, 1, true);
    double wall = now_us() - started;
    while (take(socket, 50, false) > 0)
        ;
    emit("{\"messages\":%llu,\"cpuMicros\":%.0f,\"wallMicros\":%.0f}", (unsigned long long) messages, cpu_us() - cpu, wall);
}

/* rate SIZE PER_SECOND MS */
static void rate(struct socket *socket, const struct command *command)
{
    double started = now_us(), cpu = cpu_us(), interval = 1e6 / (double) command->numbers[1];
    size_t total = (size_t) ((double) command->numbers[2] * 1e3 / interval), sent = 0;
    uint64_t messages = 0;
    while (sent < total) {
        for (; sent < total && now_us() >= started + (double) sent * interval; ++sent)
            send(socket->handle, socket->bytes, (size_t) command->numbers[0], 0);
        messages += take(socket, 1, false);
    }
    double wall = now_us() - started;
    uint64_t rest;
    while ((rest = take(socket, 50, false)) > 0)
        messages += rest;
    emit("{\"messages\":%llu,\"offered\":%zu,\"cpuMicros\":%.0f,\"wallMicros\":%.0f}", (unsigned long long) messages, total,
        cpu_us() - cpu, wall);
}

int run_udp(int argc, char **argv)
{
    struct sockaddr_in server = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t) option(argc, argv, "port", 0)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    static struct socket socket_;
    int size = 4 * 1024 * 1024;
    socket_.handle = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(socket_.handle, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (socket_.handle < 0 || connect(socket_.handle, (const struct sockaddr *) &server, sizeof server) != 0)
        return 1;
    read_commands();
    emit("{\"port\":%u}", (unsigned) ntohs(server.sin_port));
    for (;;) {
        struct command command;
        if (!take_command(&command)) {
            take(&socket_, 5, false);
            continue;
        }
        if (strcmp(command.name, "load") == 0)
            load(&socket_, &command);
        else
            rate(&socket_, &command);
    }
}
