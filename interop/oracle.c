/*
 * A differential oracle: libenet under a clock and sockets of our own, driven by lines on stdin.
 *
 * One command per line, words separated by blanks; every line (blank lines and lines that start with # included) is
 * answered by zero or more lines and then a line holding a single dot. Numbers are decimal and unsigned, IPs are dotted
 * IPv4, bytes are hexadecimal with "-" for none. README.md has the table of commands and answers.
 */
#include "oracle_commands.h"
#include "oracle_text.h"
#include "oracle_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { WATCH_SECONDS = 5, OUTPUT_BUFFER = 1 << 20 };

/* Odd while a command runs; the watchdog gives up when one command is still running at its second look. */
static volatile unsigned progress;

static void look(int signal_number)
{
    static unsigned previous;
    static const char message[] = "error the library hangs in this command\n.\n";
    (void) signal_number;
    if (progress % 2 == 1 && progress == previous) {
        if (write(STDOUT_FILENO, message, sizeof message - 1) < 0)
            _exit(4);
        _exit(3);
    }
    previous = progress;
}

static void start_watchdog(void)
{
    struct sigaction action = { .sa_handler = look, .sa_flags = SA_RESTART };
    struct itimerval period = { .it_interval = { .tv_sec = WATCH_SECONDS }, .it_value = { .tv_sec = WATCH_SECONDS } };
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &period, NULL);
}

/* Reassembly buffers and the like start as zeroes, so that nothing depends on old memory contents. */
static void *zeroed(size_t size)
{
    return calloc(1, size);
}

/* The library's default aborts; when this returns instead, its calls report failure. */
static void no_memory(void)
{
}

int main(void)
{
    static char output_buffer[OUTPUT_BUFFER];
    setvbuf(stdout, output_buffer, _IOFBF, sizeof output_buffer);

    ENetCallbacks callbacks = { .malloc = zeroed, .free = free, .no_memory = no_memory };
    if (enet_initialize_with_callbacks(ENET_VERSION, &callbacks) != 0 || !world_is_in_effect()) {
        fprintf(stderr, "libenet does not use the clock and the sockets of this program\n");
        return 2;
    }
    start_watchdog();

    char *line;
    while ((line = read_line()) != NULL) {
        char *words[WORD_LIMIT];
        int count = split_words(line, words, WORD_LIMIT);
        if (count > 0 && words[0][0] != '#') {
            ++progress;
            run_command(count, words);
            ++progress;
        }
        fputs(".\n", stdout);
    }
    destroy_all_hosts();
    fflush(stdout);
    return 0;
}
