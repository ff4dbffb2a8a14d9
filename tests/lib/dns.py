#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A name server for the lab: dns.py ADDRESS NAME=ADDRESS... Every other name does not exist."""
import socket
import struct
import sys

A, IN, NXDOMAIN = 1, 1, 3


def question(query):
    """The asked name, its type, and where the question ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace").lower())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack_from("!H", query, at + 1)[0], at + 5


def answer(query, names):
    name, kind, end = question(query)
    found = name in names
    address = socket.inet_aton(names[name]) if found and kind == A else None
    flags = 0x8580 | (0 if found else NXDOMAIN)
    head = query[:2] + struct.pack("!HHHHH", flags, 1, 1 if address else 0, 0, 0)
    record = struct.pack("!HHHIH", 0xC00C, A, IN, 60, 4) + address if address else b""
    return head + query[12:end] + record


def main():
    names = dict(pair.lower().split("=") for pair in sys.argv[2:])
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((sys.argv[1], 53))
    print("ready", flush=True)
    while True:
        query, peer = sock.recvfrom(4096)
        try:
            sock.sendto(answer(query, names), peer)
        except (IndexError, struct.error):
            pass


main()
