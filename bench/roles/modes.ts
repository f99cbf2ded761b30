import { DeliveryMode } from "@effect-enet/core"
import { Schema } from "effect"

/** A delivery mode by its name. */
export const modeOf: (name: string) => DeliveryMode.DeliveryMode = Schema.decodeUnknownSync(DeliveryMode.DeliveryMode)
