# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks ask of the machine, of processes, and of iperf3 and ping. Imported."""
import json
import os
import re
import resource
import signal
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
CALM = 0.85  # idle share of the machine that counts as calm


def idle():
    """Idle and total time of all processors since boot."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    return fields[3] + fields[4], sum(fields)


def wait_until_calm(patience):
    """Until nobody else uses the machine, or patience (seconds) is over."""
    end = time.monotonic() + patience
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


def peak_memory(pids):
    """The most that was resident so far, in kilobytes."""
    total = 0
    for pid in family(pids):
        try:
            match = re.search(r"^VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)
        except OSError:
            continue
        total += int(match.group(1)) if match else 0
    return total


class Usage:
    """Who has the machine: processors that others, of whom we know nothing, use meanwhile."""

    def __init__(self, ours):
        self.ours = ours
        self.before = self.now()

    def now(self):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        free, total = idle()
        return time.monotonic(), (total - free) / TICKS, run_time(self.ours) + children.ru_utime + children.ru_stime

    def others(self):
        wall, busy, ours = (b - a for a, b in zip(self.before, self.now()))
        return max(0.0, (busy - ours) / wall)


def in_server(server_ns, *command):
    return ["nsenter", "-t", str(server_ns), "-m", "-n", "--", *command]


def in_background(*command):
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_server(server_ns, *targets):
    """An iperf3 for each address; what they answer comes from there."""
    servers = [in_background(*in_server(server_ns, "iperf3", "-s", "-B", target)) for target in targets]
    time.sleep(0.3)
    return servers


def end_all(processes):
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


def iperf(target, seconds, *arguments):
    """The "end" of iperf3's report; empty if it failed, which a way under load may cause."""
    command = ["iperf3", "-J", "-c", target, "-t", str(seconds), "--connect-timeout", "3000", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 20)
        return json.loads(done.stdout).get("end", {})
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}


def ping(target, count, interval):
    """Microseconds, sorted."""
    command = ["ping", "-n", "-i", str(interval), "-c", str(count), target]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    return sorted(float(t) * 1000 for t in re.findall(r"time=([\d.]+)", text))


def counters(pid, log):
    """Those of a data plane of plane.c, whose output goes to log."""
    lines = Path(log).read_text().count("\n")
    os.kill(pid, signal.SIGUSR1)
    for _ in range(200):
        text = Path(log).read_text()
        if text.count("\n") > lines:
            return json.loads(text.splitlines()[-1])
        time.sleep(0.01)
    return {}
