#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes one TCP connection, says the SHA-256 of what came: sink.py PORT"""
import hashlib
import socket
import sys

with socket.create_server(("", int(sys.argv[1]))) as server:
    print("ready", flush=True)
    peer, _ = server.accept()
    digest, count = hashlib.sha256(), 0
    while part := peer.recv(1 << 16):
        digest.update(part)
        count += len(part)
    print(digest.hexdigest(), count, flush=True)
