/**
 * Name constraints: which names the certificates below a CA may bear (RFC 5280 section 4.2.1.10).
 *
 * DNS names, IP addresses and directory names are compared. Where a CA constrains another form of name, a certificate
 * below it that has such a name is refused, as the RFC asks of those who cannot compare.
 *
 * @since 0.1.0
 */
import type { DerReader } from "./Der.ts"
import {
  attributesOf,
  AttributeType,
  type DistinguishedName,
  type GeneralName,
  readGeneralName,
  RFC822_NAME
} from "./Name.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface NameConstraints {
  readonly permitted: ReadonlyArray<GeneralName>
  readonly excluded: ReadonlyArray<GeneralName>
}

const readSubtrees = (reader: DerReader): ReadonlyArray<GeneralName> => {
  const bases: Array<GeneralName> = []
  do {
    const subtree = reader.enter()
    const base = readGeneralName(subtree)
    // an address and its mask
    if (base._tag === "Ip" && base.bytes.length !== 8 && base.bytes.length !== 32) reader.fail()
    bases.push(base)
    // minimum and maximum have no use: RFC 5280 has 0 and none, which are not written
    if (!subtree.isAtEnd) reader.fail()
  } while (!reader.isAtEnd)
  return bases
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const readNameConstraints = (reader: DerReader): NameConstraints => {
  const body = reader.enter()
  const permitted = body.optional(0xa0)
  const excluded = body.optional(0xa1)
  if (!body.isAtEnd) reader.fail()
  return {
    permitted: permitted === undefined ? [] : readSubtrees(body.inside(permitted)),
    excluded: excluded === undefined ? [] : readSubtrees(body.inside(excluded))
  }
}

/** Within nothing that is permitted, and within everything that is excluded. */
const UNREADABLE = "?"

/** RFC 1035 section 2.3.4. */
const MAXIMUM_DNS_NAME = 255

const isDnsName = (name: string): boolean =>
  name.length <= MAXIMUM_DNS_NAME && /^[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*\.?$/.test(name)

/** A name that others are compared with: there are no wildcards, and nothing is a base as well. */
const isDnsBase = (name: string): boolean =>
  name === "" || (!name.includes("*") && isDnsName(name.startsWith(".") ? name.slice(1) : name))

const withoutDot = (name: string): string => name.endsWith(".") ? name.slice(0, -1) : name

/** Whether a name is the base or below it. A base with a leading dot means only what is below. */
const isBelow = (name: string, base: string): boolean => {
  const [full, root] = [withoutDot(name), withoutDot(base)]
  return root === "" || (root.startsWith(".") ? full.endsWith(root) : full === root || full.endsWith(`.${root}`))
}

/** Whether some name that a wildcard stands for could be within an excluded base. */
const mayCover = (name: string, base: string): boolean => {
  if (!name.startsWith("*.")) return false
  const suffix = withoutDot(name).slice(1)
  const root = withoutDot(base).replace(/^\./, "")
  return root.endsWith(suffix) || root === suffix.slice(1)
}

const isWithinNetwork = (address: Uint8Array, network: Uint8Array): boolean => {
  const { length } = address
  if (network.length !== 2 * length) return false
  return address.every((byte, index) => {
    const mask = network[length + index] ?? 0
    return (byte & mask) === ((network[index] ?? 0) & mask)
  })
}

/** Whether a name begins with another. `unknown` is the answer where values cannot be compared. */
const startsWith = (name: DistinguishedName, prefix: DistinguishedName, unknown: boolean): boolean =>
  prefix.every((attributes, index) => {
    const own = name[index]
    if (own === undefined || own.length !== attributes.length) return false
    return attributes.every(({ text, type }) =>
      own.some((attribute) =>
        attribute.type === type &&
        (text === undefined || attribute.text === undefined ? unknown : attribute.text === text)
      )
    )
  })

const isPermittedBy = (name: GeneralName, base: GeneralName): boolean => {
  if (name._tag === "Dns" && base._tag === "Dns") {
    return isDnsName(name.name) && isDnsBase(base.name) && isBelow(name.name, base.name)
  }
  if (name._tag === "Ip" && base._tag === "Ip") return isWithinNetwork(name.bytes, base.bytes)
  if (name._tag === "Directory" && base._tag === "Directory") return startsWith(name.name, base.name, false)
  return false
}

const isExcludedBy = (name: GeneralName, base: GeneralName): boolean => {
  if (name._tag === "Dns" && base._tag === "Dns") {
    return !isDnsName(name.name) || !isDnsBase(base.name) || isBelow(name.name, base.name) ||
      mayCover(name.name, base.name)
  }
  if (name._tag === "Ip" && base._tag === "Ip") return isWithinNetwork(name.bytes, base.bytes)
  if (name._tag === "Directory" && base._tag === "Directory") return startsWith(name.name, base.name, true)
  return isSameForm(name, base)
}

const isSameForm = (a: GeneralName, b: GeneralName): boolean =>
  a._tag === b._tag && (a._tag !== "Other" || b._tag !== "Other" || a.kind === b.kind)

/**
 * All names of a certificate that constraints are about: its alternative names, its subject, and what stands in the
 * subject for lack of an alternative name.
 *
 * @since 0.1.0
 * @category getters
 */
export const constrainedNames = (
  certificate: {
    readonly subjectName: DistinguishedName
    readonly alternativeNames: ReadonlyArray<GeneralName> | undefined
  },
  isLeaf: boolean
): ReadonlyArray<GeneralName> => {
  const { alternativeNames, subjectName } = certificate
  const names: Array<GeneralName> = [...(alternativeNames ?? [])]
  if (subjectName.length > 0) names.push({ _tag: "Directory", name: subjectName })
  if (attributesOf(subjectName, AttributeType.EmailAddress).length > 0) {
    names.push({ _tag: "Other", kind: RFC822_NAME })
  }
  if (isLeaf && alternativeNames === undefined) {
    // only then is the common name taken for a host name; one that cannot be a host name is none, but one that cannot be
    // read here might still be read as one by the matcher of host names
    for (const { text } of attributesOf(subjectName, AttributeType.CommonName)) {
      if (text === undefined || isDnsName(text)) names.push({ _tag: "Dns", name: text ?? UNREADABLE })
    }
  }
  return names
}

const sizeOf = (names: ReadonlyArray<GeneralName>): number =>
  names.reduce((size, name) => size + (name._tag === "Directory" ? name.name.flat().length : 1), 0)

/**
 * How much work it is, at most, to compare names with constraints.
 *
 * @since 0.1.0
 * @category getters
 */
export const comparisons = ({ excluded, permitted }: NameConstraints, names: ReadonlyArray<GeneralName>): number =>
  (sizeOf(permitted) + sizeOf(excluded)) * sizeOf(names)

/**
 * Whether every name is allowed.
 *
 * @since 0.1.0
 * @category guards
 */
export const areAllowed = (constraints: NameConstraints, names: ReadonlyArray<GeneralName>): boolean =>
  names.every((name) => {
    const permitted = constraints.permitted.filter((base) => isSameForm(name, base))
    return (permitted.length === 0 || permitted.some((base) => isPermittedBy(name, base))) &&
      !constraints.excluded.some((base) => isExcludedBy(name, base))
  })
