#include "oracle_report.h"
#include "oracle_text.h"
#include "sha256.h"

#include <stdbool.h>
#include <stdio.h>

static unsigned slot_of(const ENetPeer *peer)
{
    return (unsigned) (peer - peer->host->peers);
}

static void report_receive(int id, const ENetEvent *event)
{
    char hash[SHA256_HEX_SIZE];
    sha256_hex(event->packet->data, event->packet->dataLength, hash);
    printf("event %d receive %u %u %u %zu %s\n", id, slot_of(event->peer), event->channelID, event->packet->flags,
        event->packet->dataLength, hash);
}

static void report_event(int id, const ENetEvent *event)
{
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT:
        printf("event %d connect %u %u\n", id, slot_of(event->peer), event->data);
        break;
    case ENET_EVENT_TYPE_DISCONNECT:
        printf("event %d disconnect %u %u\n", id, slot_of(event->peer), event->data);
        break;
    case ENET_EVENT_TYPE_RECEIVE:
        report_receive(id, event);
        break;
    case ENET_EVENT_TYPE_NONE:
        break;
    }
}

void finish_event(int id, const ENetEvent *event)
{
    report_event(id, event);
    if (event->type == ENET_EVENT_TYPE_RECEIVE)
        enet_packet_destroy(event->packet);
}

/* Every field is printed as an unsigned number under its ENet name. */
#define FIELD(object, name) printf(" " #name "=%zu", (size_t) (object)->name)
#define LIST_LENGTH(object, name) printf(" " #name "=%zu", enet_list_size(&(object)->name))

static void report_identity(const ENetPeer *peer)
{
    FIELD(peer, state);
    printf(" connectID=");
    write_hex((const uint8_t *) &peer->connectID, sizeof peer->connectID);
    FIELD(peer, outgoingPeerID);
    FIELD(peer, incomingPeerID);
    FIELD(peer, outgoingSessionID);
    FIELD(peer, incomingSessionID);
    ENetAddress address = peer->address;
    const uint8_t *ip = (const uint8_t *) &address.host;
    printf(" address=%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3], address.port);
    FIELD(peer, channelCount);
    FIELD(peer, mtu);
    FIELD(peer, windowSize);
    FIELD(peer, eventData);
    printf(" needsDispatch=%d", (peer->flags & ENET_PEER_FLAG_NEEDS_DISPATCH) != 0);
}

static void report_traffic(const ENetPeer *peer)
{
    FIELD(peer, incomingBandwidth);
    FIELD(peer, outgoingBandwidth);
    FIELD(peer, incomingBandwidthThrottleEpoch);
    FIELD(peer, outgoingBandwidthThrottleEpoch);
    FIELD(peer, incomingDataTotal);
    FIELD(peer, outgoingDataTotal);
    FIELD(peer, lastSendTime);
    FIELD(peer, lastReceiveTime);
    FIELD(peer, nextTimeout);
    FIELD(peer, earliestTimeout);
    FIELD(peer, packetLossEpoch);
    FIELD(peer, packetsSent);
    FIELD(peer, packetsLost);
    FIELD(peer, packetLoss);
    FIELD(peer, packetLossVariance);
}

static void report_tuning(const ENetPeer *peer)
{
    FIELD(peer, packetThrottle);
    FIELD(peer, packetThrottleLimit);
    FIELD(peer, packetThrottleCounter);
    FIELD(peer, packetThrottleEpoch);
    FIELD(peer, packetThrottleAcceleration);
    FIELD(peer, packetThrottleDeceleration);
    FIELD(peer, packetThrottleInterval);
    FIELD(peer, pingInterval);
    FIELD(peer, timeoutLimit);
    FIELD(peer, timeoutMinimum);
    FIELD(peer, timeoutMaximum);
    FIELD(peer, lastRoundTripTime);
    FIELD(peer, lowestRoundTripTime);
    FIELD(peer, lastRoundTripTimeVariance);
    FIELD(peer, highestRoundTripTimeVariance);
    FIELD(peer, roundTripTime);
    FIELD(peer, roundTripTimeVariance);
}

static void report_unsequenced_window(const ENetPeer *peer)
{
    bool used = false;
    for (size_t i = 0; i < ENET_PEER_UNSEQUENCED_WINDOW_SIZE / 32; ++i)
        used = used || peer->unsequencedWindow[i] != 0;
    printf(" unsequencedWindow=");
    if (!used) {
        putchar_unlocked('0');
        return;
    }
    for (size_t i = 0; i < ENET_PEER_UNSEQUENCED_WINDOW_SIZE / 32; ++i)
        printf("%08x", peer->unsequencedWindow[i]);
}

static void report_queues(ENetPeer *peer)
{
    FIELD(peer, reliableDataInTransit);
    FIELD(peer, outgoingReliableSequenceNumber);
    FIELD(peer, incomingUnsequencedGroup);
    FIELD(peer, outgoingUnsequencedGroup);
    report_unsequenced_window(peer);
    FIELD(peer, totalWaitingData);
    LIST_LENGTH(peer, acknowledgements);
    LIST_LENGTH(peer, sentReliableCommands);
    LIST_LENGTH(peer, outgoingCommands);
    LIST_LENGTH(peer, dispatchedCommands);
}

static bool is_untouched(ENetChannel *channel)
{
    return channel->outgoingReliableSequenceNumber == 0 && channel->outgoingUnreliableSequenceNumber == 0
        && channel->usedReliableWindows == 0 && channel->incomingReliableSequenceNumber == 0
        && channel->incomingUnreliableSequenceNumber == 0 && enet_list_empty(&channel->incomingReliableCommands)
        && enet_list_empty(&channel->incomingUnreliableCommands);
}

static void report_channel(int id, unsigned slot, size_t number, ENetChannel *channel)
{
    printf("channel %d %u %zu", id, slot, number);
    FIELD(channel, outgoingReliableSequenceNumber);
    FIELD(channel, outgoingUnreliableSequenceNumber);
    FIELD(channel, usedReliableWindows);
    printf(" reliableWindows=");
    for (int i = 0; i < ENET_PEER_RELIABLE_WINDOWS; ++i)
        printf(i == 0 ? "%u" : ",%u", channel->reliableWindows[i]);
    FIELD(channel, incomingReliableSequenceNumber);
    FIELD(channel, incomingUnreliableSequenceNumber);
    LIST_LENGTH(channel, incomingReliableCommands);
    LIST_LENGTH(channel, incomingUnreliableCommands);
    putchar_unlocked('\n');
}

void report_peer(int id, ENetPeer *peer)
{
    printf("peer %d %u", id, slot_of(peer));
    report_identity(peer);
    report_traffic(peer);
    report_tuning(peer);
    report_queues(peer);
    putchar_unlocked('\n');
    for (size_t i = 0; i < peer->channelCount; ++i)
        if (!is_untouched(&peer->channels[i]))
            report_channel(id, slot_of(peer), i, &peer->channels[i]);
}

void report_host(int id, ENetHost *host)
{
    printf("host %d", id);
    FIELD(host, serviceTime);
    FIELD(host, incomingBandwidth);
    FIELD(host, outgoingBandwidth);
    FIELD(host, bandwidthThrottleEpoch);
    FIELD(host, mtu);
    FIELD(host, randomSeed);
    FIELD(host, recalculateBandwidthLimits);
    FIELD(host, peerCount);
    FIELD(host, channelLimit);
    FIELD(host, connectedPeers);
    FIELD(host, bandwidthLimitedPeers);
    FIELD(host, duplicatePeers);
    FIELD(host, maximumPacketSize);
    FIELD(host, maximumWaitingData);
    FIELD(host, totalSentData);
    FIELD(host, totalSentPackets);
    FIELD(host, totalReceivedData);
    FIELD(host, totalReceivedPackets);
    LIST_LENGTH(host, dispatchQueue);
    putchar_unlocked('\n');
}
