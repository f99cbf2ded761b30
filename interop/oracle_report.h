/* Printing what the library holds. */
#ifndef INTEROP_ORACLE_REPORT_H
#define INTEROP_ORACLE_REPORT_H

#include <enet/enet.h>

/* Prints an event and frees its packet. */
void finish_event(int id, const ENetEvent *event);

void report_peer(int id, ENetPeer *peer);
void report_host(int id, ENetHost *host);

#endif
