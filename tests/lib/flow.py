#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbered UDP packets both ways, to see every single loss.

flow.py serve PORT                       sends back what comes
flow.py run ADDRESS PORT SECONDS RATE    sends RATE packets a second, then says which are missing:
                                         "sent 5000, lost 0 there, 0 back, longest gap 12 ms"
                                         and exits 1 if any is
The server counts too, so that the direction of a loss is known.
"""
import select
import socket
import struct
import sys
import time

HEAD = struct.Struct("!QQ")  # number, how many the server has had
PADDING = bytes(1000)


def serve(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind(("", port))
    print("ready", flush=True)
    seen, flow = set(), None
    while True:
        packet, peer = sock.recvfrom(2048)
        if peer != flow:
            seen, flow = set(), peer
        number, _ = HEAD.unpack_from(packet)
        seen.add(number)
        sock.sendto(HEAD.pack(number, len(seen)) + packet[HEAD.size :], peer)


class Flow:
    def __init__(self, address, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.connect((address, port))
        self.sock.setblocking(False)
        self.back, self.there = set(), 0
        self.last, self.gap = time.monotonic(), 0.0

    def send(self, number):
        # Small and large ones by turns: padding and MTU are part of the road.
        self.sock.send(HEAD.pack(number, 0) + (PADDING if number % 2 else b""))

    def receive(self, until):
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.sock], [], [], left)[0]:
                return
            number, there = HEAD.unpack_from(self.sock.recv(2048))
            moment = time.monotonic()
            self.gap, self.last = max(self.gap, moment - self.last), moment
            self.back.add(number)
            self.there = max(self.there, there)


def run(address, port, seconds, rate):
    flow = Flow(address, port)
    start, total = time.monotonic(), int(seconds * rate)
    for number in range(total):
        flow.send(number)
        flow.receive(start + (number + 1) / rate)
    flow.receive(time.monotonic() + 1)
    lost_there = total - flow.there
    lost_back = total - len(flow.back) - lost_there
    print(f"sent {total}, lost {lost_there} there, {lost_back} back,", end=" ")
    print(f"longest gap {flow.gap * 1000:.0f} ms", flush=True)
    if missing := sorted(set(range(total)) - flow.back):
        print("missing: " + " ".join(map(str, missing[:50])))
    return 1 if missing else 0


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    sys.exit(run(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])))
