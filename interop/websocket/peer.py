"""A server and a client of Godot's WebSocketMultiplayerPeer protocol on the `websockets` package, for comparison.

Prints one JSON object per line. The protocol: the server's first message is the client's id, four bytes little-endian.
"""

import argparse
import asyncio
import json
import ssl
import struct

import websockets


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def pattern(size):
    return bytes((7 * n + size) % 251 for n in range(size))


def cut(message, fragments):
    """A message in pieces, which the package sends as fragments."""
    if not fragments or len(message) < 2:
        return message
    step = max(1, len(message) // 3)
    return [message[n : n + step] for n in range(0, len(message), step)]


def closed(error):
    frame = error.rcvd
    tell("closed", data=-1 if frame is None else frame.code, text="" if frame is None else frame.reason)


def secret(options):
    if options.cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    return context


def headers(options):
    return [tuple(line.split(": ", 1)) for line in options.header]


async def serve(options):
    done = asyncio.Event()

    async def attend(peer):
        tell("request", text="\n".join(f"{name}: {value}" for name, value in peer.request_headers.raw_items()))
        first = bytes.fromhex(options.first) if options.first is not None else struct.pack("<i", options.id)
        await peer.send(first.decode("latin1") if options.text else cut(first, options.fragments))
        try:
            if options.ping:
                await asyncio.wait_for(await peer.ping(b"are you there?"), 10)
                tell("pong")
            if options.size is not None:
                await peer.send(bytes(options.size))
            async for message in peer:
                tell("received", length=len(message), text=type(message).__name__)
                await peer.send(cut(message, options.fragments))
                if options.close is not None:
                    await peer.close(options.close, options.reason)
            await peer.wait_closed()
            tell("closed", data=peer.close_code, text=peer.close_reason)
        except websockets.ConnectionClosed as error:
            closed(error)
        done.set()

    server = await websockets.serve(
        attend,
        "127.0.0.1",
        0,
        subprotocols=options.protocol or None,
        extra_headers=headers(options),
        max_size=2**24,
        ssl=secret(options),
    )
    tell("listening", port=server.sockets[0].getsockname()[1])
    await done.wait()
    await asyncio.sleep(60)


async def join(options):
    context = None
    if options.ca is not None:
        context = ssl.create_default_context(cafile=options.ca)
    try:
        peer = await websockets.connect(
            options.url,
            subprotocols=options.protocol or None,
            extra_headers=headers(options),
            max_size=2**24,
            ssl=context,
        )
    except websockets.InvalidStatusCode as error:
        tell("denied", data=error.status_code)
        return
    first = await peer.recv()
    tell("joined", id=struct.unpack("<i", first)[0], length=len(first), text=type(first).__name__)
    answer = "\n".join(f"{name}: {value}" for name, value in peer.response_headers.raw_items())
    tell("answer", text=answer)
    tell("protocol", text=peer.subprotocol or "")
    try:
        if options.ping:
            await asyncio.wait_for(await peer.ping(b"are you there?"), 10)
            tell("pong")
        for size in options.echo:
            sent = pattern(size)
            await peer.send(sent.decode("latin1") if options.text else cut(sent, options.fragments))
            back = await peer.recv()
            expected = sent.decode("latin1").encode() if options.text else sent
            if back != expected:
                tell("mismatch", length=size)
                return
        tell("echoed", received=len(options.echo))
        if options.size is not None:
            await peer.send(bytes(options.size))
        if options.close is not None:
            await peer.close(options.close, options.reason)
            tell("closed", data=peer.close_code, text=peer.close_reason)
        async for message in peer:
            tell("received", length=len(message), text=type(message).__name__)
        tell("closed", data=peer.close_code, text=peer.close_reason)
    except websockets.ConnectionClosed as error:
        closed(error)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["serve", "join"])
    parser.add_argument("url", nargs="?")
    parser.add_argument("--id", type=int, default=77)
    parser.add_argument("--first", help="the first message in hexadecimal, instead of the id")
    parser.add_argument("--text", action="store_true", help="send text messages")
    parser.add_argument("--fragments", action="store_true", help="send messages in fragments")
    parser.add_argument("--ping", action="store_true", help="ping, and wait for the pong")
    parser.add_argument("--echo", type=int, action="append", default=[], help="a size to send and get back")
    parser.add_argument("--size", type=int, help="send a message of so many bytes in the end")
    parser.add_argument("--close", type=int, help="close with this code")
    parser.add_argument("--reason", default="")
    parser.add_argument("--protocol", action="append", default=[])
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--ca")
    options = parser.parse_args()
    asyncio.run(serve(options) if options.what == "serve" else join(options))


main()
