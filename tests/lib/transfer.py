#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP transfer that lasts as long as it is wanted, beside a probe that asks for nothing but an answer.

transfer.py serve PORT            sends back what comes, over TCP and over UDP
transfer.py run ADDRESS PORT RATE sends RATE bytes a second until it gets SIGTERM, and then says
    bytes 1234, checksum right, probe stood still 1.2 s, transfer stood still 2.4 s

The checksum is of all that was sent against all that came back, so both directions count. Standing
still is the longest time without anything from the other end. Exit status 1: the checksum is wrong,
or the connection broke.
"""
import hashlib
import random
import selectors
import signal
import socket
import sys
import threading
import time

CHUNK = 4096
PROBE_INTERVAL = 0.1
LAST_WORDS = 180  # seconds that the rest may take to come back


def echo_tcp(connection):
    with connection:
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            print(f"a transfer broke: {error}", flush=True)


def echo_udp(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", port))
    while True:
        data, peer = sock.recvfrom(2048)
        try:
            sock.sendto(data, peer)
        except OSError:
            pass


def serve(port):
    threading.Thread(target=echo_udp, args=(port,), daemon=True).start()
    listener = socket.create_server(("", port))
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=echo_tcp, args=(connection,), daemon=True).start()


class Silence:
    """The longest time without a sign of life; a break of the whole program is part of it."""

    def __init__(self):
        self.last, self.longest = time.monotonic(), 0.0

    def look(self):
        self.longest = max(self.longest, time.monotonic() - self.last)

    def heard(self):
        self.look()
        self.last = time.monotonic()


class Probe:
    def __init__(self, address, port):
        self.address = (address, port)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.silence, self.due = Silence(), 0.0

    def send(self):
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + PROBE_INTERVAL
        try:
            # Not connected: an address that is gone for a moment must not be its end.
            self.sock.sendto(b"probe", self.address)
        except OSError:
            pass

    def receive(self):
        try:
            while self.sock.recv(64):
                self.silence.heard()
        except OSError:
            pass


class Transfer:
    def __init__(self, address, port, rate):
        self.sock = socket.create_connection((address, port), timeout=10)
        self.sock.setblocking(False)
        self.rate, self.began = rate, time.monotonic()
        self.random = random.Random(1)
        self.pending = b""
        self.sent, self.received = 0, 0
        self.there, self.back = hashlib.sha256(), hashlib.sha256()
        self.silence = Silence()

    def wants_to_send(self):
        return bool(self.pending) or self.sent < self.rate * (time.monotonic() - self.began)

    def send(self):
        try:
            while self.wants_to_send():
                self.pending = self.pending or self.random.randbytes(CHUNK)
                n = self.sock.send(self.pending)
                self.there.update(self.pending[:n])
                self.sent += n
                self.pending = self.pending[n:]
        except BlockingIOError:
            pass

    def receive(self):
        """False when the other end has finished."""
        try:
            while data := self.sock.recv(65536):
                self.back.update(data)
                self.received += len(data)
                self.silence.heard()
            return False
        except BlockingIOError:
            return True

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)
        self.sock.settimeout(LAST_WORDS)
        while data := self.sock.recv(65536):
            self.back.update(data)
            self.received += len(data)
            self.silence.heard()


def run(address, port, rate):
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    transfer, probe = Transfer(address, port, rate), Probe(address, port)
    print("ready", flush=True)
    selector = selectors.DefaultSelector()
    selector.register(transfer.sock, selectors.EVENT_READ)
    selector.register(probe.sock, selectors.EVENT_READ)
    try:
        while not ended:
            selector.select(0.02)
            probe.send()
            probe.receive()
            transfer.send()
            if not transfer.receive():
                print("the other end has hung up")
                return 1
        probe.silence.look()
        transfer.finish()
    except OSError as error:
        print(f"the transfer broke after {transfer.received} bytes: {error}")
        return 1
    right = transfer.there.digest() == transfer.back.digest()
    print(
        f"bytes {transfer.received}, checksum {'right' if right else 'WRONG'}, "
        f"probe stood still {probe.silence.longest:.1f} s, "
        f"transfer stood still {transfer.silence.longest:.1f} s"
    )
    return 0 if right and transfer.received > 0 else 1


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    sys.exit(run(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
