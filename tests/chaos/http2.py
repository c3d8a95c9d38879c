# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 written by hand, so that it can be wrong in any way (RFC 9113)."""

import contextlib
import socket
import struct
import threading
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
WINDOW_UPDATE = 8
END_STREAM, END_HEADERS = 1, 4
MAX_FRAME = 16_384


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    length = struct.pack(">I", len(payload))[1:]
    return length + struct.pack(">BBI", kind, flags, stream) + payload


def _integer(n: int) -> bytes:
    """Encodes an integer with a prefix of 7 bits (RFC 7541, 5.1)."""
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
    """A message of gRPC, optionally with a false length."""
    said = len(message) if length is None else length
    return struct.pack(">BI", flag, said) + message


class Connection:
    """A connection on which only the preface of HTTP/2 has been sent."""

    def __init__(self, address: str, preface: bytes | None = None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if preface is None:
            preface = PREFACE + frame(SETTINGS, 0, 0)
        self.send(preface)

    def send(self, data: bytes) -> None:
        """Sends data, as far as the server reads before it closes."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            self.socket.sendall(data)

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
        """Reads to the end of a stream, and returns the kind of its end.

        That is "answered", "reset", "goaway", or "closed" if the connection
        ended first.
        """
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


class StalledBodies(threading.Thread):
    """A connection with calls whose requests never end.

    Each request announces 15 MiB and sends all but the last byte, as fast as
    the server lets it. A call that ends is started again.
    """

    MESSAGE_BYTES = 15 << 20
    WITHHELD_BYTES = 1

    def __init__(self, address: str, paths: list[str], *headers):
        super().__init__(daemon=True)
        self.sent_bytes = 0
        self.ended_calls = 0
        self._paths = paths
        self._headers = headers
        self._connection = Connection(address)
        self._stopped = threading.Event()
        self._window = self._initial = 65535
        # By stream: its path, the bytes that it may send now, the bytes left.
        self._calls: dict[int, list] = {}
        self._next_stream = 1
        self.start()

    def stop(self):
        self._stopped.set()
        self.join()
        self._connection.close()

    def run(self):
        for path in self._paths:
            self._begin(path)
        buffer = b""
        sock = self._connection.socket
        while not self._stopped.is_set():
            sock.settimeout(20)
            sent = self._send()
            sock.settimeout(0.001 if sent else 0.1)
            try:
                piece = sock.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                return
            if not piece:
                return
            buffer = self._take(buffer + piece)

    def _begin(self, path: str):
        stream = self._next_stream
        self._next_stream += 2
        head = header_block(path, *self._headers)
        self._connection.send(frame(HEADERS, END_HEADERS, stream, head))
        begin = grpc_message(b"", self.MESSAGE_BYTES)
        self._calls[stream] = [path, self._initial, begin, self.MESSAGE_BYTES]

    def _send(self) -> bool:
        any_sent = False
        for stream, call in self._calls.items():
            while self._window > 0 and call[1] > 0:
                data = call[2]
                call[2] = b""
                if not data:
                    left = call[3] - self.WITHHELD_BYTES
                    n = min(MAX_FRAME, left, self._window, call[1])
                    if n <= 0:
                        break
                    data = b"\x0a" * n
                    call[3] -= n
                self._connection.send(frame(DATA, 0, stream, data))
                self._window -= len(data)
                call[1] -= len(data)
                self.sent_bytes += len(data)
                any_sent = True
        return any_sent

    def _take(self, buffer: bytes) -> bytes:
        """Handles the server's frames; returns bytes of an incomplete frame."""
        while len(buffer) >= 9:
            length = int.from_bytes(buffer[:3], "big")
            if len(buffer) < 9 + length:
                break
            kind, flags = buffer[3], buffer[4]
            stream = int.from_bytes(buffer[5:9], "big")
            payload = buffer[9 : 9 + length]
            buffer = buffer[9 + length :]
            if kind == WINDOW_UPDATE:
                n = int.from_bytes(payload, "big")
                if stream == 0:
                    self._window += n
                elif stream in self._calls:
                    self._calls[stream][1] += n
            elif kind == SETTINGS and not flags & 1:
                for i in range(0, length, 6):
                    name, value = struct.unpack(">HI", payload[i : i + 6])
                    if name == 4:
                        for call in self._calls.values():
                            call[1] += value - self._initial
                        self._initial = value
                self._connection.send(frame(SETTINGS, 1, 0))
            elif kind == PING and not flags & 1:
                self._connection.send(frame(PING, 1, 0, payload))
            elif kind == RST_STREAM or (kind == HEADERS and flags & END_STREAM):
                call = self._calls.pop(stream, None)
                if call is not None:
                    self.ended_calls += 1
                    self._on_end(call)
        return buffer

    def _on_end(self, call: list):
        self._begin(call[0])


class SlowBody(StalledBodies):
    """A connection with one call, whose request arrives slowly, but does."""

    MESSAGE_BYTES = 512 << 10
    WITHHELD_BYTES = 0
    PERIOD_S = 0.1  # of a frame: 160 KiB/s

    def __init__(self, address: str, path: str, *headers):
        self.is_whole = False  # all of it was sent before the call ended
        self.ended = threading.Event()
        self._due_s = 0.0
        super().__init__(address, [path], *headers)

    def _send(self) -> bool:
        now = time.monotonic()
        if now < self._due_s:
            return False
        self._due_s = now + self.PERIOD_S
        for stream, call in self._calls.items():
            n = min(MAX_FRAME - 5, call[3], self._window - 5, call[1] - 5)
            if n > 0:
                data = call[2] + b"\x0a" * n
                call[2] = b""
                call[3] -= n
                self._connection.send(frame(DATA, 0, stream, data))
                self._window -= len(data)
                call[1] -= len(data)
                self.sent_bytes += len(data)
        return True

    def _on_end(self, call: list):
        self.is_whole = call[3] == 0
        self.ended.set()
