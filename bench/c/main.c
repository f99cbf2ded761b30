/*
 * The C partner of the benchmarks: `enet_bench ROLE key=value...`. It prints a line of JSON when it is ready, then one for
 * each command that it reads.
 */
#include "bench.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

long option(int argc, char **argv, const char *key, long fallback)
{
    size_t length = strlen(key);
    for (int i = 2; i < argc; ++i)
        if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
            return strtol(argv[i] + length + 1, NULL, 10);
    return fallback;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct command pending;
static volatile bool has_pending;

/* name, then the mode if it is a word, then up to three numbers */
static void parse(char *line, struct command *command)
{
    memset(command, 0, sizeof *command);
    char *save = NULL;
    char *word = strtok_r(line, " \n", &save);
    snprintf(command->name, sizeof command->name, "%s", word == NULL ? "" : word);
    size_t count = 0;
    while ((word = strtok_r(NULL, " \n", &save)) != NULL) {
        if (*word >= 'a')
            snprintf(command->mode, sizeof command->mode, "%s", word);
        else if (count < 3)
            command->numbers[count++] = strtol(word, NULL, 10);
    }
}

static void *reader(void *unused)
{
    char line[128];
    while (fgets(line, sizeof line, stdin) != NULL) {
        pthread_mutex_lock(&mutex);
        parse(line, &pending);
        has_pending = true;
        pthread_mutex_unlock(&mutex);
    }
    exit(0);
    return unused;
}

void read_commands(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, reader, NULL) != 0)
        exit(1);
}

bool take_command(struct command *command)
{
    if (!has_pending)
        return false;
    pthread_mutex_lock(&mutex);
    *command = pending;
    has_pending = false;
    pthread_mutex_unlock(&mutex);
    return true;
}

void emit(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

static double to_us(struct timeval time)
{
    return (double) time.tv_sec * 1e6 + (double) time.tv_usec;
}

double cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return to_us(usage.ru_utime) + to_us(usage.ru_stime);
}

uint32_t flags_of(const char *mode)
{
    if (strcmp(mode, "reliable") == 0)
        return ENET_PACKET_FLAG_RELIABLE;
    return strcmp(mode, "unsequenced") == 0 ? ENET_PACKET_FLAG_UNSEQUENCED : 0;
}

ENetHost *create_host(long port, long peers, long channels, long buffer)
{
    ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = (enet_uint16) port };
    ENetHost *host = enet_host_create(&address, (size_t) peers, (size_t) channels, 0, 0);
    if (host == NULL) {
        fprintf(stderr, "the host could not be created\n");
        exit(1);
    }
    if (buffer > 0)
        enet_socket_set_option(host->socket, ENET_SOCKOPT_RCVBUF, (int) buffer);
    return host;
}

static int by_size(const void *a, const void *b)
{
    double difference = *(const double *) a - *(const double *) b;
    return difference < 0 ? -1 : difference > 0;
}

void emit_echoes(double *latencies, size_t count, double cpu, double wall)
{
    static const double quantiles[] = { 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995 };
    qsort(latencies, count, sizeof *latencies, by_size);
    printf("{\"messages\":%zu", count);
    for (size_t i = 0; count > 0 && i < sizeof quantiles / sizeof *quantiles; ++i)
        printf(",\"p%g\":%.1f", quantiles[i] * 100, latencies[(size_t) ((double) count * quantiles[i])]);
    emit(",\"cpuMicros\":%.0f,\"wallMicros\":%.0f}", cpu, wall);
}

int main(int argc, char **argv)
{
    if (enet_initialize() != 0)
        return 1;
    const char *role = argc > 1 ? argv[1] : "";
    if (strcmp(role, "server") == 0)
        return run_server(argc, argv);
    if (strcmp(role, "client") == 0)
        return run_client(argc, argv);
    if (strcmp(role, "udp") == 0)
        return run_udp(argc, argv);
    ENetVersion version = enet_linked_version();
    emit("{\"major\":%d,\"minor\":%d,\"patch\":%d}", ENET_VERSION_GET_MAJOR(version), ENET_VERSION_GET_MINOR(version),
        ENET_VERSION_GET_PATCH(version));
    return 0;
}
