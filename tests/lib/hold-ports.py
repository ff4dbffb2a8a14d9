#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Another daemon that has the UDP ports: hold-ports.py PORT..."""
import signal
import socket
import sys

held = []
for port in sys.argv[1:]:
    held.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    held[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    held[-1].bind(("::", int(port)))
print("ready", flush=True)
signal.pause()
