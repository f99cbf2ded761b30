/**
 * ENet on Effect: hosts, peers, events, options, errors.
 *
 * @since 0.1.0
 */
export * as Admission from "./Admission.ts"
export * as Checksum from "./Checksum.ts"
export * as Compressor from "./Compressor.ts"
export * as DeliveryMode from "./DeliveryMode.ts"
export * as EnetError from "./EnetError.ts"
export * as EnetEvent from "./EnetEvent.ts"
export * as EnetHost from "./EnetHost.ts"
export * as EnetPeer from "./EnetPeer.ts"
export * as Entropy from "./Entropy.ts"
export * as FastLz from "./FastLz.ts"
export * as HostOptions from "./HostOptions.ts"
export * as Intercept from "./Intercept.ts"
export * as RangeCoder from "./RangeCoder.ts"
export * as ReasonCode from "./ReasonCode.ts"
export * as Recorder from "./Recorder.ts"
export * as Recording from "./Recording.ts"
export * as Replay from "./Replay.ts"
