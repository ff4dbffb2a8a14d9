#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Medians and ratios of what measure.py found:

    report.py table|json FIGURES [SENTENCE...]     the sentences say what is missing, and why
"""
import json
import statistics
import sys

HOW, FIGURES, *MISSING = sys.argv[1:]
PEERS = ["libipsec", "vpnc", "wireguard-go", "openconnect"]

COLUMNS = [
    ("TCP 1 up", "tcp1_up_mbps", 0), ("down", "tcp1_down_mbps", 0),
    ("TCP 4 up", "tcp4_up_mbps", 0), ("down", "tcp4_down_mbps", 0),
    ("UDP 64", "udp64_up_pps", 0), ("UDP 1300", "udp1300_up_pps", 0),
    ("ping", "ping_idle_p50_us", 0), ("p99", "ping_idle_p99_us", 0),
    ("loaded", "ping_load_p50_us", 0), ("p99", "ping_load_p99_us", 0),
    ("CPU s/Gbit", "tcp1_up_cpu", 3), ("RSS MiB", "rss_mib", 1),
    ("others", "others", 2),
]

# name in JSON: numerator's way and figure, denominator's
RATIOS = {
    "ratio_limit": ("ours", "tcp1_up_mbps", "probe"),
    "ratio_limit_down": ("ours", "tcp1_down_mbps", "probe"),
    "ratio_libipsec": ("ours", "tcp1_up_mbps", "libipsec"),
    "ratio_vpnc": ("ours", "tcp1_up_mbps", "vpnc"),
    "ratio_wireguard_go": ("ours", "tcp1_up_mbps", "wireguard-go"),
    "ratio_openconnect": ("ours", "tcp1_up_mbps", "openconnect"),
    "ratio_cbc_libipsec": ("ours-cbc", "tcp1_up_mbps", "libipsec-cbc"),
    "ratio_ping_plain": ("ours", "ping_idle_p50_us", "plain"),
}

SENTENCES = {
    "ratio_limit": "one TCP stream, of the probe without cryptography",
    "ratio_limit_down": "the same, down",
    "ratio_libipsec": "one TCP stream, of strongSwan's libipsec",
    "ratio_vpnc": "one TCP stream, of vpnc",
    "ratio_wireguard_go": "one TCP stream, of wireguard-go",
    "ratio_openconnect": "one TCP stream, of openconnect",
    "ratio_cbc_libipsec": "AES-256-CBC with SHA-256, of libipsec's",
    "ratio_cbc_vpnc": "AES-256-CBC with SHA-256, of vpnc (AES-CBC with SHA-1)",
    "ratio_udp64_best_peer": "UDP of 64 bytes, packets received, of the best peer",
    "ratio_ping_plain": "idle ping, of a plain TUN forwarder",
    "ratio_tcp4_tcp1": "four TCP streams, of one",
}


def read_figures():
    figures = {}
    with open(FIGURES) as lines:
        for line in lines:
            entry = json.loads(line)
            figures.setdefault(entry["way"], {}).setdefault(entry["name"], []).append(entry["value"])
    for way in figures.values():
        if "rss_kb" in way:
            way["rss_mib"] = [kb / 1024 for kb in way["rss_kb"]]
    return figures


def median(figures, way, name):
    values = figures.get(way, {}).get(name)
    return statistics.median(values) if values else None


def quotient(a, b):
    return round(a / b, 3) if a is not None and b else None


def ratios(figures):
    found = {}
    for name, (ours, figure, other) in RATIOS.items():
        found[name] = quotient(median(figures, ours, figure), median(figures, other, figure))
    peers = [p for p in (median(figures, way, "udp64_up_pps") for way in PEERS) if p is not None]
    found["ratio_udp64_best_peer"] = quotient(
        median(figures, "ours", "udp64_up_pps"), max(peers, default=None))
    found["ratio_cbc_vpnc"] = quotient(
        median(figures, "ours-cbc", "tcp1_up_mbps"), median(figures, "vpnc", "tcp1_up_mbps"))
    found["ratio_tcp4_tcp1"] = quotient(
        median(figures, "ours", "tcp4_up_mbps"), median(figures, "ours", "tcp1_up_mbps"))
    return found


def print_table(figures):
    print(f"{'':18}" + "".join(f"{title:>11}" for title, _, _ in COLUMNS))
    for way in figures:
        cells = []
        for _, name, digits in COLUMNS:
            value = median(figures, way, name)
            cells.append(f"{'-' if value is None else f'{value:.{digits}f}':>11}")
        print(f"{way:18}" + "".join(cells))
    print("\nMedians. TCP in Mbit/s, UDP in packets received a second, ping in microseconds (median and")
    print("p99), CPU of the client's processes for TCP 1 up, the most memory of them that was resident. Others:")
    print("processors that somebody else used meanwhile; with much of it only the ratios mean something.\n")
    for name, value in ratios(figures).items():
        print(f"{'-' if value is None else f'{value:.2f}':>8}  {SENTENCES[name]}")
    for sentence in MISSING:
        print(sentence)


def print_json(figures):
    result = ratios(figures)
    result["missing"] = MISSING
    result["figures"] = {
        way: {name: {"median": statistics.median(values), "values": values} for name, values in names.items()}
        for way, names in figures.items()
    }
    print(json.dumps(result))


def main():
    figures = read_figures()
    if HOW == "json":
        print_json(figures)
    else:
        print_table(figures)


main()
