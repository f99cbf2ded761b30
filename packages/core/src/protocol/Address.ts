/**
 * Where datagrams come from and go to. The reducer only compares addresses and hands back the objects it was given.
 */
export interface Address {
  /** An IP address as text, always in the same form for the same host. */
  readonly host: string
  readonly port: number
}

/** `ENET_HOST_BROADCAST`: a peer with this host takes the address of whoever answers first. */
export const BROADCAST = "255.255.255.255"

export const sameHost = (a: Address, b: Address): boolean => a.host === b.host

export const sameAddress = (a: Address, b: Address): boolean => a === b || (a.port === b.port && a.host === b.host)
