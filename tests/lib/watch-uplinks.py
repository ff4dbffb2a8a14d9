#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks at every packet on every device but loopback and the tunnel's, as long as it runs.

watch-uplinks.py TUNNEL-PREFIX NETWORK...   TUNNEL-PREFIX: how the tunnel's device is called ("ike");
                                            a NETWORK is one that must not be seen outside of it

Writes a line for each packet from or to a NETWORK: device, source, destination. On SIGTERM: how many
packets went by in all, so that it is known to have looked.

An ICMP error about a sealed packet (ESP, or in UDP) is passed over: the kernel writes one to the inner
address when an uplink vanishes under a packet that waits for a neighbour's address.
"""
import ipaddress
import signal
import socket
import sys

ETH_P_ALL = 3
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
ICMP_UNREACHABLE = 3
NAT_T_PORT = 4500


def addresses(protocol, packet):
    if protocol == ETH_P_IP and len(packet) >= 20:
        return packet[12:16], packet[16:20]
    if protocol == ETH_P_IPV6 and len(packet) >= 40:
        return packet[8:24], packet[24:40]
    return ()


def is_about_sealed(protocol, packet):
    if protocol != ETH_P_IP or len(packet) < 52 or packet[0] != 0x45:
        return False
    if packet[9] != socket.IPPROTO_ICMP or packet[20] != ICMP_UNREACHABLE:
        return False
    original = packet[28:]
    ports = (original[20] << 8 | original[21], original[22] << 8 | original[23])
    return original[9] == socket.IPPROTO_ESP or (
        original[9] == socket.IPPROTO_UDP and NAT_T_PORT in ports
    )


def main(tunnel, networks):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    networks = [ipaddress.ip_network(network) for network in networks]
    seen = {"all": 0}

    def end(*_):
        print(f"{seen['all']} packets went by", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    while True:
        try:
            packet, (device, protocol, *_) = sock.recvfrom(2048)
        except OSError:  # a device went away or down
            continue
        if device == "lo" or device.startswith(tunnel):
            continue
        seen["all"] += 1
        if is_about_sealed(protocol, packet):
            continue
        found = [ipaddress.ip_address(bytes(a)) for a in addresses(protocol, packet)]
        if any(a in network for a in found for network in networks):
            print(f"{device} {found[0]} > {found[1]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
