#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts the time before every line, so that logs of several programs can be laid side by side."""
import sys
import time

for line in sys.stdin.buffer:
    moment = time.time()
    clock = time.strftime("%H:%M:%S", time.localtime(moment)) + f"{moment % 1:.3f}"[1:]
    sys.stdout.buffer.write(clock.encode() + b" " + line)
    sys.stdout.buffer.flush()
