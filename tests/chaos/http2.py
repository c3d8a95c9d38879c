# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by hand, so that it can be wrong in every way we like (RFC 9113)."""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS = 1, 4
MAX_FRAME = 16_384


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    length = struct.pack(">I", len(payload))[1:]
    return length + struct.pack(">BBI", kind, flags, stream) + payload


def _integer(n: int) -> bytes:
    """With a prefix of 7 bits (RFC 7541, 5.1)."""
    if n < 127:
        return bytes([n])
    encoded = b"\x7f"
    n -= 127
    while n >= 128:
        encoded += bytes([n % 128 + 128])
        n //= 128
    return encoded + bytes([n])


def header_block(path: str, *more: tuple[str, str]) -> bytes:
    """Literal fields without indexing, without Huffman codes."""
    block = b""
    for name, value in (
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        *more,
    ):
        for text in (name, value):
            raw = text.encode()
            block += (b"\x00" if text is name else b"") + _integer(len(raw))
            block += raw
    return block


def grpc_message(
    message: bytes, length: int | None = None, flag: int = 0
) -> bytes:
    """A message of gRPC, which may lie about its length."""
    said = len(message) if length is None else length
    return struct.pack(">BI", flag, said) + message


class Connection:
    """A connection on which only what HTTP/2 begins with has been sent."""

    def __init__(self, address: str, preface: bytes | None = None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if preface is None:
            preface = PREFACE + frame(SETTINGS, 0, 0)
        self.send(preface)

    def send(self, data: bytes) -> None:
        """Sends what the server takes before it closes the connection."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, TimeoutError):
            pass

    def call(self, path: str, *data: bytes, end: bool = True, stream: int = 1):
        """Sends the headers of a call, then its data, and ends the request."""
        self.send(frame(HEADERS, END_HEADERS, stream, header_block(path)))
        pieces = [
            piece[i : i + MAX_FRAME]
            for piece in data
            for i in range(0, len(piece), MAX_FRAME)
        ]
        for i, piece in enumerate(pieces):
            last = end and i + 1 == len(pieces)
            self.send(frame(DATA, END_STREAM if last else 0, stream, piece))

    def end_of(self, stream: int = 1, timeout_s: float = 20) -> str:
        """Reads to the end of a stream: "answered", "reset", "goaway", or
        "closed" if the connection ended first."""
        self.socket.settimeout(timeout_s)
        buffer = b""
        try:
            while True:
                while len(buffer) < 9:
                    piece = self.socket.recv(65536)
                    if not piece:
                        return "closed"
                    buffer += piece
                length = int.from_bytes(buffer[:3], "big")
                while len(buffer) < 9 + length:
                    piece = self.socket.recv(65536)
                    if not piece:
                        return "closed"
                    buffer += piece
                kind, flags = buffer[3], buffer[4]
                of = int.from_bytes(buffer[5:9], "big")
                buffer = buffer[9 + length :]
                if kind == GOAWAY:
                    return "goaway"
                if kind == RST_STREAM and of == stream:
                    return "reset"
                if of == stream and kind in (HEADERS, DATA) and flags & 1:
                    return "answered"
        except ConnectionError:
            return "closed"

    def close(self) -> None:
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
