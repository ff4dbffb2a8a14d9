# SPDX-License-Identifier: GPL-2.0-or-later
"""The pointer, the keyboard, the windows and pictures of the screen: by GNOME Shell in a Wayland session,
by xdotool in an X11 one."""
import json
import os
import re
import subprocess
import time

from gi.repository import Gio, GLib

import a11y

SHELL = os.environ.get("SESSION_KIND") == "shell"


BUS = Gio.bus_get_sync(Gio.BusType.SESSION)


def call(name, path, interface, method, arguments=None, patience_ms=10000):
    return BUS.call_sync(name, path, interface, method, arguments, None, 0, patience_ms, None)


def run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


# --- GNOME Shell ------------------------------------------------------------------------------------


def shell_eval(script, patience_ms=10000):
    arguments = GLib.Variant("(s)", (script,))
    done, said = call("org.gnome.Shell", "/org/gnome/Shell", "org.gnome.Shell", "Eval", arguments, patience_ms).unpack()
    if not done:
        raise RuntimeError(said)
    return json.loads(said) if said else None


def shell_is_ready():
    """Also closes the overview, in which a session begins: not before that has begun, since a start that is
    disturbed there may never end. (Nor may one where nothing is drawn, as on a screen that nobody looks at.)"""
    ready = "!Main.layoutManager._startingUp && (Main.overview.hide(), !Main.overview.visible)"
    try:
        return shell_eval(f"global.stage.queue_redraw(); {ready}", patience_ms=2000)
    except (GLib.Error, RuntimeError):
        return False


POINTER = """
if (!global._testPointer)
    global._testPointer = imports.gi.Clutter.get_default_backend().get_default_seat()
        .create_virtual_device(imports.gi.Clutter.InputDeviceType.POINTER_DEVICE);
let now = () => imports.gi.GLib.get_monotonic_time();
"""


def shell_move_to(x, y):
    shell_eval(POINTER + f"global._testPointer.notify_absolute_motion(now(), {x}, {y}); 0")


def shell_click_at(x, y):
    shell_move_to(x, y)
    time.sleep(0.1)  # the client must have seen the pointer come before it sees the button
    for state in ("PRESSED", "RELEASED"):
        shell_eval(POINTER + f"global._testPointer.notify_button(now(), 1, imports.gi.Clutter.ButtonState.{state}); 0")
        time.sleep(0.03)


def shell_windows():
    """[title, x, y, width, height] of the frames, without their shadows."""
    return shell_eval(
        "global.get_window_actors().map(a => { let w = a.meta_window, f = w.get_frame_rect();"
        " return [w.title, f.x, f.y, f.width, f.height]; })"
    )


KEYSYMS = {
    "Shift": 0xFFE1,
    "Escape": 0xFF1B,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "space": 0x20,
    "slash": 0x2F,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "Home": 0xFF50,
    "End": 0xFF57,
}
REMOTE = "org.gnome.Mutter.RemoteDesktop"
keyboard = None


def shell_keyboard():
    """A keyboard of the remote desktop: one that Eval makes is not always heard by the client. It is there as
    long as this process is; its coming closes popovers, so it is asked for before one is opened."""
    global keyboard
    if keyboard is None:
        keyboard = call(REMOTE, "/org/gnome/Mutter/RemoteDesktop", REMOTE, "CreateSession").unpack()[0]
        call(REMOTE, keyboard, REMOTE + ".Session", "Start")
        time.sleep(0.5)  # the client must learn first that the seat has a keyboard now
        shell_press(keyboard, KEYSYMS["Shift"])  # the first key does not arrive
    return keyboard


def shell_press(path, keysym):
    for down in (True, False):
        call(REMOTE, path, REMOTE + ".Session", "NotifyKeyboardKeysym", GLib.Variant("(ub)", (keysym, down)))
        time.sleep(0.03)


def shell_key(name):
    shell_press(shell_keyboard(), KEYSYMS.get(name) or ord(name))


def shell_screenshot(path):
    arguments = GLib.Variant("(bbs)", (False, False, path))
    call("org.gnome.Shell", "/org/gnome/Shell/Screenshot", "org.gnome.Shell.Screenshot", "Screenshot", arguments)


# --- X11 --------------------------------------------------------------------------------------------


def x11_windows():
    found = []
    for window in run("xdotool", "search", "--onlyvisible", "--name", ".").split():
        title = run("xdotool", "getwindowname", window).rstrip("\n")
        place = dict(re.findall(r"^(\w+)=(-?\d+)$", run("xdotool", "getwindowgeometry", "--shell", window), re.M))
        if not place:
            continue
        frame = re.search(r"= (\d+), (\d+), (\d+), (\d+)", run("xprop", "-id", window, "_GTK_FRAME_EXTENTS"))
        left, right, top, bottom = (int(n) for n in frame.groups()) if frame else (0, 0, 0, 0)
        x, y, width, height = (int(place[k]) for k in ("X", "Y", "WIDTH", "HEIGHT"))
        found.append([title, x + left, y + top, width - left - right, height - top - bottom])
    return found


# --- both -------------------------------------------------------------------------------------------


def windows():
    return shell_windows() if SHELL else x11_windows()


def window(title, seconds=5):
    """x, y, width, height of the newest window of that title."""
    found = a11y.wait(lambda: [w for w in windows() if w[0] == title], seconds, f"no window {title!r}; there are {windows()}")
    return found[-1][1:]


def wait_gone(title, seconds=5):
    a11y.wait(lambda: title not in [w[0] for w in windows()], seconds, f"the window {title!r} is still there")
    time.sleep(0.2)  # its widgets go a moment after it


def place_of(widget):
    """The middle of the widget on the screen. GTK 4, and any program on Wayland, knows places in its window only:
    the window is found by its title. (The window that a program sees may have a shadow around it.)"""
    kit, version = a11y.toolkit(widget)
    if not SHELL and kit.lower() == "gtk" and version.startswith("3"):
        place = widget.get_extents(a11y.Atspi.CoordType.SCREEN)
        return place.x + place.width // 2, place.y + place.height // 2
    top = a11y.window_of(widget)
    x, y, width, height = a11y.extents(widget)
    _, _, seen_width, seen_height = a11y.extents(top)
    left, upper, frame_width, frame_height = window(top.get_name())
    return (
        left + (frame_width - seen_width) // 2 + x + width // 2,
        upper + (frame_height - seen_height) // 2 + y + height // 2,
    )


def click_at(x, y):
    if SHELL:
        shell_click_at(x, y)
    else:
        run("xdotool", "mousemove", str(x), str(y), "click", "1")


def click(widget):
    """As a person does it: with the pointer, in the middle."""
    click_at(*place_of(widget))


def key(*names):
    for name in names:
        if SHELL:
            shell_key(name)
        else:
            run("xdotool", "key", "--clearmodifiers", name)


def settle(seconds=3):
    """Until two pictures one after the other are the same: whatever moved has come to rest."""
    before = None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = picture_bytes()
        if now == before:
            return
        before = now
        time.sleep(0.1)


def picture_bytes():
    path = f"{os.environ['HOME']}/.cache/settle.png"
    take(path)
    with open(path, "rb") as file:
        return file.read()


def take(path):
    if SHELL:
        shell_screenshot(path)
    else:
        run("import", "-window", "root", path)


def prepare_keyboard():
    """Before a popover is opened, which the coming of a keyboard would close."""
    if SHELL:
        shell_keyboard()


def park_pointer():
    """Where no tooltip is."""
    if SHELL:
        shell_move_to(1279, 799)
    else:
        run("xdotool", "mousemove", "1279", "799")


def screenshot(path):
    park_pointer()
    settle()
    take(path)
