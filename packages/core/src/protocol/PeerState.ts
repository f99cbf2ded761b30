/**
 * The ten states of a peer (`ENetPeerState`) and the moves between them.
 */
export const PeerState = {
  Disconnected: 0,
  Connecting: 1,
  AcknowledgingConnect: 2,
  ConnectionPending: 3,
  ConnectionSucceeded: 4,
  Connected: 5,
  DisconnectLater: 6,
  Disconnecting: 7,
  AcknowledgingDisconnect: 8,
  Zombie: 9
} as const

export type PeerState = (typeof PeerState)[keyof typeof PeerState]

export type PeerStateName = keyof typeof PeerState

export const stateNames: ReadonlyArray<PeerStateName> = [
  "Disconnected",
  "Connecting",
  "AcknowledgingConnect",
  "ConnectionPending",
  "ConnectionSucceeded",
  "Connected",
  "DisconnectLater",
  "Disconnecting",
  "AcknowledgingDisconnect",
  "Zombie"
]

/**
 * Where a peer may go from each state. A reset leads from every state to Disconnected and is not repeated here.
 */
export const transitions: { readonly [Name in PeerStateName]: ReadonlyArray<PeerStateName> } = {
  Disconnected: ["Connecting", "AcknowledgingConnect"],
  Connecting: ["ConnectionSucceeded", "Connected", "Zombie"],
  AcknowledgingConnect: ["ConnectionPending", "Connected"],
  ConnectionPending: ["Connected"],
  ConnectionSucceeded: ["Connected", "Zombie"],
  Connected: ["DisconnectLater", "Disconnecting", "AcknowledgingDisconnect", "Zombie"],
  DisconnectLater: ["Disconnecting", "AcknowledgingDisconnect", "Zombie"],
  Disconnecting: ["Zombie"],
  AcknowledgingDisconnect: ["Zombie"],
  Zombie: []
}

/** Connected or DisconnectLater: the states that count as a connection. */
export const isEstablished = (state: PeerState): boolean =>
  state === PeerState.Connected || state === PeerState.DisconnectLater
