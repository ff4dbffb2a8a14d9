#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a packet costs, in CPU time of both data planes, by the number of Child SAs:

    growth.py measure SERVER_NS SAS FIRST LAST CLIENT_PID SERVER_PID     prints figures, JSON lines
    growth.py table|json FIGURES
"""
import json
import os
import statistics
import sys

from machine import counters, end_all, iperf, peak_memory, run_time, start_server, wait_until_calm

SECONDS = 2
# UDP at a rate that everybody can carry: how many packets come at once decides what one costs.
TRAFFIC = {"tcp": [], "udp64": ["-u", "-b", "40M", "-l", "64"]}


def packets(pid, name):
    found = counters(pid, f"{os.environ['RUN']}/{name}.log")
    return found["in_packets"] + found["out_packets"]


def state(client, server):
    return run_time([client]), packets(client, "client"), run_time([server]), packets(server, "server")


def measure(server_ns, sas, first, last, client, server):
    client, server = int(client), int(server)
    servers = start_server(server_ns, *dict.fromkeys([first, last]))
    for traffic, arguments in TRAFFIC.items():
        for place, target in {"first": first, "last": last}.items():
            wait_until_calm(3)
            before = state(client, server)
            iperf(target, SECONDS, *arguments)
            spent = [b - a for a, b in zip(before, state(client, server))]
            if min(spent) <= 0:
                continue
            cost = (spent[0] / spent[1] + spent[2] / spent[3]) * 1e9
            print(json.dumps({"sas": int(sas), "traffic": traffic, "place": place, "ns": cost}))
    print(json.dumps({"sas": int(sas), "traffic": "rss", "place": "client", "ns": peak_memory([client])}))
    end_all(servers)


def medians(path):
    values = {}
    with open(path) as lines:
        for line in lines:
            entry = json.loads(line)
            values.setdefault((entry["traffic"], entry["sas"], entry["place"]), []).append(entry["ns"])
    return {key: statistics.median(found) for key, found in values.items()}


def report(how, path):
    found = medians(path)
    sizes = sorted({sas for _, sas, _ in found})
    rows = []
    for sas in sizes:
        row = {"sas": sas, "rss_mib": round(found.get(("rss", sas, "client"), 0) / 1024, 1)}
        for traffic in TRAFFIC:
            base = found.get((traffic, sizes[0], "first"))
            for place in ("first", "last"):
                cost = found.get((traffic, sas, place))
                row[f"{traffic}_{place}_ns"] = cost and round(cost, 1)
                row[f"{traffic}_{place}_ratio"] = cost and base and round(cost / base, 3)
        rows.append(row)
    if how == "json":
        print(json.dumps({"growth": rows}))
        return
    print("Child SAs    TCP: first       last    UDP 64: first       last    RSS MiB")
    for row in rows:
        cells = [f"{row['sas']:>9}"]
        for name in ("tcp_first", "tcp_last", "udp64_first", "udp64_last"):
            cost, ratio = row[f"{name}_ns"], row[f"{name}_ratio"]
            cells.append("          -" if cost is None else f"{cost:>7.0f} {ratio or 0:.2f}")
        print("    ".join(cells) + f"{row['rss_mib']:>9}")
    print("\nns of CPU a packet, sealing and opening, both data planes; and that over the first row's first.")


if sys.argv[1] == "measure":
    measure(*sys.argv[2:])
else:
    report(*sys.argv[1:])
