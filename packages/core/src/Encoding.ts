/**
 * How the messages of a typed channel become bytes: `packed` by default, `schemaBinary`, `json`, or one of your own.
 *
 * @since 0.1.0
 */
import * as SchemaBinary from "effect/encoding/SchemaBinary"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { compile, FLOAT32 } from "./internal/packed/compile.ts"
import type { Layout } from "./internal/packed/Layout.ts"
import { Reader } from "./internal/packed/Reader.ts"
import { Writer } from "./internal/packed/Writer.ts"

/**
 * Messages as bytes. Neither function throws, whatever it is given; the failures are short sentences for people.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageCodec<A> {
  /** What both sides have to agree on, in words. It goes into the fingerprint of a channel set. */
  readonly layout: string
  /** The bytes are the caller's, and never change. */
  readonly encode: (message: A) => Result.Result<Uint8Array, string>
  /** The bytes come from the network and may be anything. They are only read, and not kept. */
  readonly decode: (bytes: Uint8Array) => Result.Result<A, string>
}

/**
 * Makes the codec of a channel from its schema. One of your own may ignore the schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Encoding<A> = (schema: Schema.Codec<A, unknown>) => MessageCodec<A>

/**
 * A finite number that `packed` sends as a 32-bit float, in four bytes. Its precision is that of such a float: what
 * arrives is `Math.fround` of what was sent.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Float32 = Schema.Number.annotate({ [FLOAT32]: true }).check(Schema.isFinite())

const succeedOrTell = <A>(exit: Exit.Exit<A, Schema.SchemaError>): Result.Result<A, string> =>
  Exit.match(exit, {
    onSuccess: (value) => Result.succeed(value),
    onFailure: (cause) => {
      const [reason] = cause.reasons
      return Result.fail(reason?._tag === "Fail" ? reason.error.message : "the schema needs what is not there")
    }
  })

const packer = (layout: Layout) => {
  const writer = new Writer()
  const reader = new Reader()
  return {
    write: (value: unknown): Result.Result<Uint8Array, string> => {
      writer.begin()
      layout.write(writer, value)
      return writer.failure === undefined ? Result.succeed(writer.end()) : Result.fail(writer.failure)
    },
    read: (bytes: Uint8Array): Result.Result<unknown, string> => {
      reader.begin(bytes)
      const value = layout.read(reader)
      const failure = reader.finish()
      return failure === undefined ? Result.succeed(value) : Result.fail(failure)
    }
  }
}

/** Bytes below, and above them what the schema makes of the values that they stand for. */
const through = <A>(schema: Schema.Codec<A, unknown>, layout: Layout): MessageCodec<A> => {
  const { read, write } = packer(layout)
  const encode = Schema.encodeExit(schema)
  const decode = Schema.decodeUnknownExit(schema)
  return {
    layout: `packed ${layout.text}`,
    encode: (message) => Result.flatMap(succeedOrTell(encode(message)), write),
    decode: (bytes) => Result.flatMap(read(bytes), (value) => succeedOrTell(decode(value)))
  }
}

/**
 * The default: values in the order of the schema, without names, integers in as few bytes as they need, and a number in
 * one of three forms, whichever is shortest. Both sides must have the same schema: `ChannelSet` can check that when they
 * connect. Checks of the schema are run on both sides. Damaged bytes are told by a value and never by an exception.
 *
 * A schema with transformations, such as a `Schema.Class`, is packed as what it encodes to. A schema that has no layout
 * here (it is recursive, has a `bigint`, a `Date`, or a union whose members cannot be told apart by a literal property or
 * by their kind) is left to `schemaBinary`.
 *
 * @since 0.1.0
 * @category encodings
 */
export const packed = <A>(schema: Schema.Codec<A, unknown>): MessageCodec<A> => {
  const layout = compile(schema.ast)
  if (layout === undefined) {
    const encoded = compile(SchemaAST.toEncoded(schema.ast))
    return encoded === undefined ? schemaBinary(schema) : through(schema, encoded)
  }
  const { read, write } = packer(layout)
  return {
    layout: `packed ${layout.text}`,
    encode: write,
    // the layout was compiled from the schema: what it reads is of the schema's type
    decode: read as (bytes: Uint8Array) => Result.Result<A, string>
  }
}

/** What a schema accepts from the wire, in words. */
const shapeOf = (schema: Schema.Top): string => JSON.stringify(Schema.toJsonSchemaDocument(schema))

/**
 * Effect's `SchemaBinary`: somewhat longer and slower than `packed`, takes every schema, and each message says which
 * fields it has. So two sides may have schemas that differ, as far as `SchemaBinary` allows for it.
 *
 * @since 0.1.0
 * @category encodings
 */
export const schemaBinary = <A>(schema: Schema.Codec<A, unknown>): MessageCodec<A> => {
  const codec = SchemaBinary.toCodec(schema)
  const encode = Schema.encodeExit(codec)
  const decode = Schema.decodeUnknownExit(codec)
  return {
    layout: `SchemaBinary ${shapeOf(schema)}`,
    encode: (message) => succeedOrTell(encode(message)),
    decode: (bytes) => succeedOrTell(decode(bytes))
  }
}

/**
 * JSON, for remotes that speak it and for looking at messages on the wire.
 *
 * @since 0.1.0
 * @category encodings
 */
export const json = <A>(schema: Schema.Codec<A, unknown>): MessageCodec<A> => {
  const text = Schema.fromJsonString(Schema.toCodecJson(schema))
  const encode = Schema.encodeExit(text)
  const decode = Schema.decodeUnknownExit(text)
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return {
    layout: `JSON ${shapeOf(schema)}`,
    encode: (message) => Result.map(succeedOrTell(encode(message)), (text) => encoder.encode(text)),
    decode: (bytes) => succeedOrTell(decode(decoder.decode(bytes)))
  }
}

/**
 * No encoding: the messages are the bytes. The schema is `Schema.Uint8Array`.
 *
 * @since 0.1.0
 * @category encodings
 */
export const raw = (): MessageCodec<Uint8Array> => ({
  layout: "raw",
  encode: (message) => Result.succeed(message),
  decode: (bytes) => Result.succeed(bytes)
})
