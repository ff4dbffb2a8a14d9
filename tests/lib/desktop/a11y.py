# SPDX-License-Identifier: GPL-2.0-or-later
"""What a screen reader sees of the programs on the desktop, and what it can do with it (AT-SPI).

Widgets are found by role and name, never by place. Traps of the toolkits, found out the hard way:

* GTK 4.8 sets SHOWING on toplevels only; VISIBLE is right in both.
* GTK 4.8 dies when somebody walks widgets that are just being destroyed: after what closes a window, ask
  screen.wait_gone() and not the tree.
* GTK 4.8: rows of a list, check buttons and tabs have no action: screen.click() them. Popovers are surfaces
  without coordinates: use keys.
* GTK 3: the action "click" of a button that runs a dialog returns when that dialog ends: screen.click() it.
"""
import time
import warnings

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)
Atspi.init()
Atspi.set_timeout(3000, 8000)

PAUSE = 0.05


class NotFound(Exception):
    """What should be on the screen is not."""


def wait(look, seconds, what):
    """What look() returns as soon as that is something; a NotFound with the words WHAT after SECONDS."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise NotFound(what)
        time.sleep(PAUSE)


def children(widget):
    try:
        for index in range(widget.get_child_count()):
            if (child := widget.get_child_at_index(index)) is not None:
                yield child
    except GLib.Error:
        return


def walk(widget):
    """The widget and all below it."""
    yield widget
    for child in children(widget):
        yield from walk(child)


def ancestor(widget, role):
    while widget is not None and widget.get_role_name() != role:
        widget = widget.get_parent()
    return widget


def window_of(widget):
    while (parent := widget.get_parent()) is not None and parent.get_role_name() != "application":
        widget = parent
    return widget


def has(widget, state):
    try:
        return widget.get_state_set().contains(getattr(Atspi.StateType, state.upper()))
    except GLib.Error:
        return False


def programs():
    desktop = Atspi.get_desktop(0)
    Atspi.Accessible.clear_cache(desktop)
    return {child.get_name(): child for child in children(desktop)}


def program(name, seconds=20):
    return wait(lambda: programs().get(name), seconds, f"no program {name}; there are {list(programs())}")


def matches(widget, role, name, where):
    """NAME is a text, or a function of one; ROLE a word or several."""
    try:
        if role and widget.get_role_name() not in ([role] if isinstance(role, str) else role):
            return False
        said = widget.get_name() or ""
        if callable(name) and not name(said) or isinstance(name, str) and said != name:
            return False
        return not where or where(widget)
    except GLib.Error:
        return False


def find_all(root, role=None, name=None, where=None):
    return [widget for widget in walk(root) if matches(widget, role, name, where)]


def find(root, role=None, name=None, where=None, seconds=5):
    """The first; waits for it."""
    what = f"no {role or 'widget'} {name if isinstance(name, str) else ''!r} in {root.get_name()!r}"
    return wait(lambda: next((w for w in walk(root) if matches(w, role, name, where)), None), seconds, what)


def relations(widget, kind):
    """The widgets that stand in that relation (LABELLED_BY…) to this one."""
    for relation in widget.get_relation_set() or []:
        if relation.get_relation_type() == getattr(Atspi.RelationType, kind):
            for index in range(relation.get_n_targets()):
                yield relation.get_target(index)


def label_of(widget):
    """What a screen reader says before the widget: its label's text, or its own name (a combo box of GTK 3 is called
    what is chosen in it)."""
    label = " ".join((t.get_name() or "") for t in relations(widget, "LABELLED_BY") if t)
    return (label or widget.get_name() or "").strip()


def labelled(root, label, role=None, seconds=5):
    """The widget that is called so, by itself or by a label."""
    return find(root, role, where=lambda w: w.get_role_name() != "label" and label_of(w) == label, seconds=seconds)


def interfaces(widget):
    try:
        return set(Atspi.Accessible.get_interfaces(widget))
    except GLib.Error:
        return set()


def text_of(widget):
    if "Text" not in interfaces(widget):
        return None
    return Atspi.Text.get_text(widget, 0, Atspi.Text.get_character_count(widget))


def set_text(widget, text):
    if not Atspi.EditableText.set_text_contents(widget, text):
        raise NotFound(f"{widget.get_role_name()} {label_of(widget)!r} cannot be written in")
    wait(lambda: len(text_of(widget) or "") == len(text), 3, f"what is written in {label_of(widget)!r} does not stay")


def actions(widget):
    if "Action" not in interfaces(widget):
        return []
    try:
        return [Atspi.Action.get_action_name(widget, n) for n in range(Atspi.Action.get_n_actions(widget))]
    except GLib.Error:
        return []


def act(widget, *wanted):
    """Without a pointer. The first action if none is wanted."""
    offered = actions(widget)
    for action in wanted or offered[:1]:
        if action in offered:
            Atspi.Action.do_action(widget, offered.index(action))
            return
    raise NotFound(f"{widget.get_role_name()} {widget.get_name()!r} does not offer {wanted}, only {offered}")


def extents(widget):
    """x, y, width, height: inside its window."""
    place = widget.get_extents(Atspi.CoordType.WINDOW)
    return place.x, place.y, place.width, place.height


def toolkit(widget):
    program_of = widget.get_application()
    return (program_of.get_toolkit_name() or ""), (program_of.get_toolkit_version() or "")


FLAGS = {"v": "visible", "F": "focusable", "f": "focused", "e": "editable", "c": "checked", "s": "selected", "!": "sensitive"}


def describe(widget, depth=0):
    """One line for a widget, for people who look for the reason of something."""
    flags = "".join(letter for letter, state in FLAGS.items() if has(widget, state))
    words = [f"{'  ' * depth}{widget.get_role_name()} {widget.get_name()!r} [{flags}]"]
    if (text := text_of(widget)) is not None:
        words.append(f"text={text!r}")
    if labels := [t.get_name() for t in relations(widget, "LABELLED_BY") if t]:
        words.append(f"labelled by {labels}")
    if offered := actions(widget):
        words.append(f"does {offered}")
    return " ".join(words)


def tree(widget, depth=0):
    yield describe(widget, depth)
    for child in children(widget):
        yield from tree(child, depth + 1)
