#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One pass over a way that is up:

    measure.py WAY TARGET quick|full SERVER_NS "CLIENT_PID..." "SERVER_PID..."

Prints one JSON object in a line for each figure: way, name, value. Runs in the client's namespaces;
SERVER_NS is a process in the server's.
"""
import json
import sys
import time

from machine import Usage, end_all, in_background, iperf, peak_memory, ping, run_time, start_server, wait_until_calm

WAY, TARGET, LENGTH, SERVER_NS = sys.argv[1:5]
CLIENT, SERVER = (list(map(int, text.split())) for text in sys.argv[5:7])
QUICK = LENGTH == "quick"
SECONDS = 1 if QUICK else 2
PATIENCE = 1 if QUICK else 4
TRIES = 1 if QUICK else 2
NOISE = 0.3  # processors that others may use while something is measured; else it is tried again


def put(name, value):
    print(json.dumps({"way": WAY, "name": name, "value": value}), flush=True)


def calmly(servers, *arguments):
    """iperf3's report, the CPU time of both ends, and who else was there: the calmest of some tries."""
    tries = []
    while not tries or (len(tries) < TRIES and tries[-1][0] > NOISE):
        wait_until_calm(PATIENCE)
        usage = Usage(CLIENT + SERVER + [server.pid for server in servers])
        before = run_time(CLIENT), run_time(SERVER)
        end = iperf(TARGET, SECONDS, *arguments)
        spent = run_time(CLIENT) - before[0], run_time(SERVER) - before[1]
        tries.append((usage.others(), len(tries), end.get("sum_received") or {}, spent))
    others, _, received, spent = min(tries)
    put("others", others)
    return received, spent


def measure_tcp(servers, name, *arguments):
    received, (client, server) = calmly(servers, *arguments)
    if not received.get("bytes"):
        return
    put(f"{name}_mbps", received["bits_per_second"] / 1e6)
    if CLIENT:
        put(f"{name}_cpu", client / (received["bytes"] * 8 / 1e9))
        put(f"{name}_cpu_both", (client + server) / (received["bytes"] * 8 / 1e9))


def measure_udp(servers, name, size, *arguments):
    """What the receiver counted, at whatever rate the sender can."""
    received, _ = calmly(servers, "-u", "-b", "0", "-l", str(size), *arguments)
    if received.get("seconds"):
        put(f"{name}_pps", received["bytes"] / size / received["seconds"])


def put_delays(name, times):
    if times:
        put(f"{name}_p50_us", times[len(times) // 2])
        put(f"{name}_p99_us", times[int(len(times) * 0.99)])


def measure_idle_ping():
    wait_until_calm(PATIENCE)
    ping(TARGET, 50, 0.002)  # so that everything has happened once
    put_delays("ping_idle", ping(TARGET, 200 if QUICK else 500, 0.002))


def measure_ping_under_load():
    wait_until_calm(PATIENCE)
    load = in_background("iperf3", "-c", TARGET, "-P", "4", "-t", "2" if QUICK else "4")
    time.sleep(0.5)
    put_delays("ping_load", ping(TARGET, 100 if QUICK else 300, 0.01))
    load.wait()


def main():
    servers = start_server(SERVER_NS, TARGET)
    try:
        measure_tcp(servers, "tcp1_up")
        measure_tcp(servers, "tcp1_down", "-R")
        measure_tcp(servers, "tcp4_up", "-P", "4")
        measure_tcp(servers, "tcp4_down", "-P", "4", "-R")
        measure_udp(servers, "udp64_up", 64)
        measure_udp(servers, "udp1300_up", 1300)
        if not QUICK:
            measure_udp(servers, "udp64_down", 64, "-R")
            measure_udp(servers, "udp1300_down", 1300, "-R")
        measure_idle_ping()
        measure_ping_under_load()
        if CLIENT:
            put("rss_kb", peak_memory(CLIENT))
    finally:
        end_all(servers)


main()
