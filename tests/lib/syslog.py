#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's syslog: syslog.py SOCKET FILE adds what programs say there to the file, with a time."""
import os
import re
import socket
import sys
import time

where, log = sys.argv[1:3]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
    sock.bind(where)
    os.chmod(where, 0o666)
    while True:
        text = sock.recv(65536).decode("utf-8", "replace").rstrip("\0\n")
        # "<29>Nov 22 14:03:17 nm-ike-service[104]: …"
        text = re.sub(r"^<\d+>(\w{3} [ \d]\d [\d:]{8} )?", "", text)
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"[{time.time():.4f}] {text}\n")
