#ifndef INTEROP_ORACLE_COMMANDS_H
#define INTEROP_ORACLE_COMMANDS_H

#include "oracle_arguments.h"

enum { WORD_LIMIT = 16 };

/* Runs one command, writing its answer lines but not the final one. */
void run_command(int count, char **words);

void destroy_all_hosts(void);

/*
 * A reset leaves the slot in the library's dispatch queue although it clears the flag that says so, and a slot that is
 * used again is then queued twice, which ties the list into a knot. Unflagged entries have no effect before that, so
 * they are taken out after each command.
 */
void drop_stale_dispatch_entries(ENetHost *host);

/* Both end with an entry without a name. */
extern const struct command host_commands[];
extern const struct command peer_commands[];

#endif
