#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every page of the editor, once: a picture of it, and what a machine can say against it.

    pages.py HOST PLUGIN FOLDER NAME     HOST is host-gtk3 or host-gtk4 (host.c); pictures are NAME-PAGE.png in FOLDER

Writes down each fault; none: all is well.
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib", "desktop"))
import a11y  # noqa: E402
import screen  # noqa: E402

METHODS = {"2": ("eap", "eap-tls", "cert", "psk", "cert-eap", "psk-eap"), "1": ("psk-xauth", "psk", "cert-xauth", "hybrid-xauth", "cert")}
ADVANCED = ("identity", "network", "algorithms", "connection")
PROFILE = """[connection]
id=office
uuid=12345678-1234-4234-8234-123456789abc
type=vpn

[vpn]
service-type=org.freedesktop.NetworkManager.ike
{data}

[ipv4]
method=auto

[ipv6]
method=auto
"""
# What a person meets; and names that are made by the toolkit, not by somebody.
NAMED = ("text", "password text", "combo box", "check box", "push button", "spin button", "toggle button")
MADE_UP = "Gtk"


class Host:
    def __init__(self, program, plugin):
        self.process = subprocess.Popen([program, plugin], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = os.path.basename(program)

    def obey(self, *words):
        """What it answers, a line each."""
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) not in ("", "\n"):
            lines.append(line.rstrip("\n"))
        if not line:
            raise a11y.NotFound(f"{self.name} has ended, with {self.process.wait()}")
        return lines

    def must(self, *words):
        if answers := self.obey(*words):
            raise a11y.NotFound(f"{' '.join(words)}: {answers}")

    def end(self):
        self.process.stdin.close()
        return self.process.wait(10)


def write_profile(**data):
    path = os.path.expanduser("~/.cache/page.nmconnection")
    with open(path, "w", encoding="utf-8") as file:
        file.write(PROFILE.format(data="\n".join(f"{key.replace('_', '-')}={value}" for key, value in data.items())))
    os.chmod(path, 0o600)
    return path


def has_name(widget):
    """Its own, a label's, or that of what it is a part of."""
    while widget is not None and widget.get_role_name() not in ("frame", "dialog", "page tab list"):
        name = a11y.label_of(widget)
        if name and not name.startswith(MADE_UP):
            return True
        widget = widget.get_parent()
    return False


def nameless(host):
    """What a screen reader could only call by its kind."""
    for widget in a11y.walk(a11y.program(host.name)):
        if widget.get_role_name() in NAMED and a11y.has(widget, "focusable") and a11y.has(widget, "visible"):
            if not has_name(widget):
                yield f"without a name: {a11y.describe(widget)}"


def look(host, picture):
    """A window needs a moment to be drawn: as long as its places change."""
    faults = None
    for _ in range(40):
        time.sleep(0.05)
        before, faults = faults, host.obey("check")
        if before == faults == []:
            break
    screen.take(picture)
    return faults


def pages(host):
    """(name, none) for each page, when it is to be seen."""
    for version, methods in METHODS.items():
        for method in methods:
            words = {"method": "eap", "eap": "tls"} if method == "eap-tls" else {"method": method}
            host.must("open", write_profile(gateway="vpn.example.org", ike_version=version, **words))
            host.must("page", "first-page")
            yield f"first-page-ikev{version}-{method}"
        for page in ADVANCED:
            host.must("page", page)
            yield f"{page}-ikev{version}"
    # As long as it gets: networks, static addresses, and a fault that is told.
    host.must("open", write_profile(gateway="vpn.example.org", addressing="static", addresses="10.1.2.3/24", remote_ts="10.0.0.0/8"))
    host.must("page", "network")
    yield "network-static"
    host.must("open", write_profile(gateway="not a name", user="alice"))
    host.must("page", "first-page")
    yield "first-page-fault"


def main():
    program, plugin, folder, name = sys.argv[1:]
    host = Host(program, plugin)
    screen.park_pointer()
    try:
        for page in pages(host):
            for fault in look(host, f"{folder}/{name}-{page}.png"):
                print(f"{page}: {fault}")
            for fault in sorted(set(nameless(host))):
                print(f"{page}: {fault}")
    except a11y.NotFound as reason:
        print(reason)
    if status := host.end():
        print(f"{host.name} ended with {status}")


main()
