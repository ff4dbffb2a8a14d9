#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts single tests.

    count.py SUMS tap TITLE FILE STATUS               what a TAP program printed, its exit status
    count.py SUMS meson TITLE FILE STATUS PROGRAMS    testlog.json, as meson test writes it, its exit
                                                      status, and how many programs there should be

A run that ended too soon, or had nothing to run, is a failure. Prints the failed ones with what they said, and a line of sums with TITLE; adds a line
"passed failed skipped" to the file SUMS, and the reason of each skipped test to SUMS.skipped.
"""
import json
import re
import sys

LINE = re.compile(r"^(not )?ok\b\s*(\d*)\s*-?\s*([^#]*?)\s*(?:#\s*(SKIP|TODO)\S*\s*(.*))?$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*SKIP\S*\s*(.*))?", re.I)
TAIL = 60


class Sums:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add_tap(self, program, text, status):
        """status: the program's exit status, 0 if all went well."""
        before, plan, ran, last = len(self.failed), None, 0, None
        for line in text.splitlines():
            if match := PLAN.match(line):
                plan = int(match.group(1))
                if plan == 0 and match.group(2) is not None:
                    self.skipped.append((program, match.group(2) or "no reason given"))
                elif plan == 0:
                    self.failed.append((f"{program}: has no test", [], text))
            elif match := LINE.match(line):
                ran += 1
                last = self.add_line(program, match)
            elif last is not None and line.startswith("#"):
                last.append(line)
        if plan != ran:
            self.failed.append((f"{program}: ended after {ran} of {'?' if plan is None else plan} tests", [], text))
        elif status and len(self.failed) == before:
            self.failed.append((f"{program}: exit status {status}, though no test failed", [], text))

    def add_line(self, program, match):
        """Where the lines that follow a failed test go, or None."""
        failed, _, name, directive, reason = match.groups()
        if directive and directive.upper() == "SKIP":
            self.skipped.append((f"{program}: {name}", reason or "no reason given"))
        elif failed:
            self.failed.append((f"{program}: {name}", said := [], ""))
            return said
        else:
            self.passed += 1
        return None

    def add_plain(self, test):
        """A program that is one test."""
        if test["result"] in ("OK", "EXPECTEDFAIL"):
            self.passed += 1
        elif test["result"] == "SKIP":
            self.skipped.append((test["name"], (test.get("stdout") or "no reason given").strip().splitlines()[-1]))
        else:
            self.failed.append((f"{test['name']}: {test['result'].lower()}", [], output_of(test)))


def output_of(test):
    return (test.get("stdout") or "") + (test.get("stderr") or "")


def add_program(sums, test):
    program = re.sub(r"^.*/ ?", "", test["name"])
    if not re.search(r"^1\.\.\d+", test.get("stdout") or "", re.M):
        sums.add_plain({**test, "name": program})
        return
    before = len(sums.failed)
    sums.add_tap(program, test["stdout"], test["returncode"])
    for name, said, text in sums.failed[before:]:
        said += (test.get("stderr") or "").splitlines()[-TAIL:]


def add_meson(sums, title, path, status, programs):
    lines = []
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()
        for line in lines:
            add_program(sums, json.loads(line))
    except (OSError, ValueError) as error:
        sums.failed.append((f"{title}: meson's log cannot be read: {error}", [], ""))
    if programs == 0:
        sums.failed.append((f"{title}: there is no such suite in this tree, or it is empty", [], ""))
    elif len(lines) != programs:
        sums.failed.append((f"{title}: {len(lines)} of {programs} programs were run", [], ""))
    if status and not sums.failed:
        sums.failed.append((f"{title}: meson test ended with {status}, though no test failed", [], ""))


def main():
    out, kind, title, path = sys.argv[1:5]
    sums = Sums()
    if kind == "tap":
        with open(path, encoding="utf-8", errors="replace") as log:
            sums.add_tap(title, log.read(), int(sys.argv[5]))
    else:
        add_meson(sums, title, path, int(sys.argv[5]), int(sys.argv[6]))
    for name, said, text in sums.failed:
        print(f"FAILED {name}")
        for line in said or text.splitlines()[-TAIL:]:
            print(f"    {line}")
    print(f"{title}: {sums.passed} passed, {len(sums.failed)} failed, {len(sums.skipped)} skipped")
    with open(out, "a", encoding="utf-8") as file:
        file.write(f"{sums.passed} {len(sums.failed)} {len(sums.skipped)}\n")
    with open(out + ".skipped", "a", encoding="utf-8") as file:
        file.writelines(f"{name}: {reason}\n" for name, reason in sums.skipped)


main()
