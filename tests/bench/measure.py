#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One pass over a way that is up:

    measure.py WAY TARGET quick|full SERVER_NS "CLIENT_PID..." "SERVER_PID..."

Prints one JSON object in a line for each figure: way, name, value. Runs in the client's namespaces;
SERVER_NS is a process in the server's.
"""
import json
import re
import subprocess
import sys
import time
from pathlib import Path

WAY, TARGET, LENGTH, SERVER_NS = sys.argv[1:5]
CLIENT, SERVER = (list(map(int, text.split())) for text in sys.argv[5:7])
QUICK = LENGTH == "quick"
SECONDS = 1 if QUICK else 3
CALM_PATIENCE = 1 if QUICK else 20  # seconds to wait until nobody else uses the machine
CALM = 0.85  # idle share of the machine that counts as calm


def put(name, value):
    print(json.dumps({"way": WAY, "name": name, "value": value}), flush=True)


# --- the machine --------------------------------------------------------------------------------


def idle():
    """Idle and total time of all processors since boot."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    return fields[3] + fields[4], sum(fields)


def wait_until_calm():
    end = time.monotonic() + CALM_PATIENCE
    while time.monotonic() < end:
        before = idle()
        time.sleep(0.2)
        after = idle()
        if after[0] - before[0] >= CALM * (after[1] - before[1]):
            return


def family(pids):
    """The processes and all their descendants: some daemons leave the work to children."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = list(pids)
    for pid in found:
        found += children.get(pid, [])
    return found


def run_time(pids):
    """Seconds that all threads of them have run. (schedstat counts in ns, stat only in ticks.)"""
    total = 0
    for pid in family(pids):
        for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(stat.read_text().split()[0])
            except (OSError, IndexError):
                continue
    return total / 1e9


def resident(pids):
    """Kilobytes."""
    total = 0
    for pid in family(pids):
        try:
            match = re.search(r"^VmRSS:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)
        except OSError:
            continue
        total += int(match.group(1)) if match else 0
    return total


# --- throughput ---------------------------------------------------------------------------------


def start_server():
    server = subprocess.Popen(
        ["nsenter", "-t", SERVER_NS, "-m", "-n", "--", "iperf3", "-s", "-B", TARGET],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    return server


def iperf(*arguments):
    """The "end" of iperf3's report; empty if it failed, which a way under load may cause."""
    command = ["iperf3", "-J", "-c", TARGET, "-t", str(SECONDS), "--connect-timeout", "3000", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 20)
        return json.loads(done.stdout).get("end", {})
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}


def measure_tcp(name, *arguments):
    wait_until_calm()
    before = run_time(CLIENT), run_time(SERVER)
    end = iperf(*arguments)
    after = run_time(CLIENT), run_time(SERVER)
    if "sum_received" not in end:
        return
    received = end["sum_received"]
    put(f"{name}_mbps", received["bits_per_second"] / 1e6)
    if CLIENT and received["bytes"] > 0:
        gbit = received["bytes"] * 8 / 1e9
        put(f"{name}_cpu", (after[0] - before[0]) / gbit)
        put(f"{name}_cpu_both", (after[0] - before[0] + after[1] - before[1]) / gbit)


def measure_udp(name, size, *arguments):
    """What the receiver counted, at whatever rate the sender can."""
    wait_until_calm()
    end = iperf("-u", "-b", "0", "-l", str(size), *arguments)
    received = end.get("sum_received", {})
    if received.get("seconds"):
        put(f"{name}_pps", received["bytes"] / size / received["seconds"])


# --- delay --------------------------------------------------------------------------------------


def ping(count, interval):
    command = ["ping", "-n", "-i", str(interval), "-c", str(count), TARGET]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    return sorted(float(t) * 1000 for t in re.findall(r"time=([\d.]+)", text))


def put_delays(name, times):
    if times:
        put(f"{name}_p50_us", times[len(times) // 2])
        put(f"{name}_p99_us", times[int(len(times) * 0.99)])


def measure_idle_ping():
    wait_until_calm()
    ping(50, 0.002)  # so that everything has happened once
    put_delays("ping_idle", ping(200 if QUICK else 500, 0.002))


def measure_ping_under_load():
    wait_until_calm()
    load = subprocess.Popen(
        ["iperf3", "-c", TARGET, "-P", "4", "-t", "2" if QUICK else "4"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    put_delays("ping_load", ping(100 if QUICK else 300, 0.01))
    load.wait()


def main():
    server = start_server()
    try:
        measure_tcp("tcp1_up")
        measure_tcp("tcp1_down", "-R")
        measure_tcp("tcp4_up", "-P", "4")
        measure_tcp("tcp4_down", "-P", "4", "-R")
        measure_udp("udp64_up", 64)
        measure_udp("udp1300_up", 1300)
        if not QUICK:
            measure_udp("udp64_down", 64, "-R")
            measure_udp("udp1300_down", 1300, "-R")
        measure_idle_ping()
        measure_ping_under_load()
        if CLIENT:
            put("rss_kb", resident(CLIENT))
    finally:
        server.terminate()
        server.wait()


main()
