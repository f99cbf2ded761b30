#include "oracle_commands.h"

#include <stdio.h>
#include <string.h>

static const struct command *find_in(const struct command *table, const char *name)
{
    for (; table->name != NULL; ++table)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static const struct command *find_command(const char *name)
{
    const struct command *found = find_in(host_commands, name);
    return found != NULL ? found : find_in(peer_commands, name);
}

void run_command(int count, char **words)
{
    struct arguments arguments = { .words = words + 1, .left = count - 1 };
    const struct command *command = find_command(words[0]);
    if (count > WORD_LIMIT)
        arguments.error = "too many words";
    else if (command == NULL)
        arguments.error = "no such command";
    else
        command->run(&arguments);

    if (arguments.error != NULL)
        printf("error %s\n", arguments.error);
    for (int id = 0; id < HOST_LIMIT; ++id)
        if (hosts[id] != NULL)
            drop_stale_dispatch_entries(hosts[id]);
}
