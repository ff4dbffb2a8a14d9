#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Good TCP beside bad packets:

    flood.py measure SERVER_NS TARGET SERVER_PID RATE KIND     prints a figure, a JSON line
    flood.py table|json FIGURES
"""
import json
import os
import statistics
import subprocess
import sys

from machine import counters, end_all, in_background, in_server, iperf, start_server, wait_until_calm

SECONDS = 3
CLIENT, SERVER = "192.0.2.2", "192.0.2.1"
PORT, SINK_PORT = 4500, 4999
# Somebody who never looks at what comes in.
SINK = f"import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('{SERVER}', {SINK_PORT})); time.sleep(9999)"


def flood(kind, rate, port):
    return subprocess.Popen(
        [f"{os.environ['PROGRAMS']}/bad-packets", "--seconds", str(SECONDS + 1), "--rate", rate,
         "--port", str(port), kind, CLIENT, SERVER],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def good(target):
    """Mbit/s of one stream; 0 if it does not even start."""
    return iperf(target, SECONDS).get("sum_received", {}).get("bits_per_second", 0) / 1e6


def good_beside(target, kind, rate, port):
    """And what was sent beside it."""
    wait_until_calm(3)
    bad = flood(kind, rate, port)
    mbps = good(target)
    text, _ = bad.communicate()
    return mbps, json.loads(text)


def drops(pid):
    found = counters(pid, f"{os.environ['RUN']}/server.log")
    return {name: value for name, value in found.items() if name.startswith("drop_")}


def measure(server_ns, target, pid, rate, kind):
    servers = start_server(server_ns, target)
    servers.append(in_background(*in_server(server_ns, "python3", "-c", SINK)))
    wait_until_calm(3)
    alone = good(target)
    elsewhere, _ = good_beside(target, kind, rate, SINK_PORT)
    before = drops(int(pid))
    beside, sent = good_beside(target, kind, rate, PORT)
    after = drops(int(pid))
    print(json.dumps({
        "kind": kind, "alone": alone, "elsewhere": elsewhere, "beside": beside,
        "sent": sent["sent"], "per_second": sent["per_second"],
        "counted": {name: after[name] - before[name] for name in after if after[name] > before[name]},
    }))
    end_all(servers)


def report(how, path):
    rounds = {}
    with open(path) as lines:
        for line in lines:
            entry = json.loads(line)
            rounds.setdefault(entry["kind"], []).append(entry)
    kinds = {}
    for kind, entries in rounds.items():
        row = {name: statistics.median(e[name] for e in entries)
               for name in ("alone", "elsewhere", "beside", "sent", "per_second")}
        row["ratio"] = round(row["beside"] / row["elsewhere"], 3) if row["elsewhere"] else None
        row["ratio_alone"] = round(row["beside"] / row["alone"], 3) if row["alone"] else None
        row["counted"] = entries[-1]["counted"]
        row["counted_share"] = round(sum(row["counted"].values()) / entries[-1]["sent"], 3)
        kinds[kind] = row
    if how == "json":
        print(json.dumps({"flood": kinds}))
        return
    print(f"{'':14}{'alone':>9}{'elsewhere':>11}{'beside':>9}{'ratio':>8}{'bad/s':>10}  counted, of those sent")
    for kind, row in kinds.items():
        counted = ", ".join(f"{name[5:]} {value}" for name, value in row["counted"].items())
        print(f"{kind:14}{row['alone']:>9.0f}{row['elsewhere']:>11.0f}{row['beside']:>9.0f}"
              f"{row['ratio'] or 0:>8.2f}{row['per_second']:>10.0f}  {row['counted_share']:.2f}: {counted}")
    print("\nMbit/s of one good TCP stream: alone, beside the flood to somebody else on the machine, beside")
    print("the flood to the data plane; the ratio is of the last two.")


if sys.argv[1] == "measure":
    measure(*(word.strip() for word in sys.argv[2:]))
else:
    report(*sys.argv[1:])
