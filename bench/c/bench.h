/* What the roles of the C partner share: options, commands from standard input, clocks, results. */
#ifndef BENCH_H
#define BENCH_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stdint.h>

/* The value of `key=value` among the arguments. */
long option(int argc, char **argv, const char *key, long fallback);

struct command {
    char name[16];
    char mode[16];
    long numbers[3];
};

/* Starts to read commands; at the end of the input the process ends. */
void read_commands(void);

/* Whether there is a command; does not wait. */
bool take_command(struct command *command);

/* Prints a line of JSON. */
void emit(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Microseconds. */
double now_us(void);
double cpu_us(void);

/* Packet flags of a mode: reliable, unreliable or unsequenced. */
uint32_t flags_of(const char *mode);

/* A host on loopback with a large kernel buffer if asked for; ends the process when there is none. */
ENetHost *create_host(long port, long peers, long channels, long buffer);

/* Latencies in microseconds as quantiles, in the middle of a JSON object. */
void emit_echoes(double *latencies, size_t count, double cpu, double wall);

int run_server(int argc, char **argv);
int run_client(int argc, char **argv);
int run_udp(int argc, char **argv);

#endif
