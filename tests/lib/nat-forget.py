#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the NAT of the network namespace that it runs in forget every mapping (as conntrack -F)."""
import os
import socket
import struct
import sys

NETLINK_NETFILTER = 12
NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE = 1, 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4

with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as sock:
    sock.bind((0, 0))
    kind = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE
    family = struct.pack("!BBH", socket.AF_UNSPEC, 0, 0)
    sock.send(struct.pack("=IHHII", 20, kind, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + family)
    error = -struct.unpack_from("=i", sock.recv(4096), 16)[0]
    if error:
        sys.exit(f"the kernel does not forget: {os.strerror(error)}")
