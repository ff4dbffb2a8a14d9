# SPDX-License-Identifier: GPL-2.0-or-later
"""A form with labels: filling it in and reading it, in GTK 3 and GTK 4."""
import a11y
import screen

FIELDS = ("text", "password text", "spin button", "combo box", "check box", "panel")


def field(form, label, seconds=5):
    return a11y.labelled(form, label, FIELDS, seconds)


def has_field(form, label):
    return any(a11y.label_of(w) == label and a11y.has(w, "visible") for w in a11y.find_all(form, FIELDS))


def is_gtk4(widget):
    return a11y.toolkit(widget)[1].startswith("4")


def choose(combo, choice):
    """CHOICE: (name, place in the list, from its end if below 0). GTK 4.8 tells a screen reader neither."""
    name, place = choice
    if not is_gtk4(combo):
        a11y.act(a11y.find(combo, "menu item", name), "click")
        a11y.wait(lambda: combo.get_name() == name, 5, f"{name!r} cannot be chosen")
        return
    screen.prepare_keyboard()
    screen.click(combo)
    items = a11y.wait(lambda: popover_items(combo), 5, f"{a11y.label_of(combo)!r} does not open")
    place %= len(items)
    now = next((n for n, item in enumerate(items) if a11y.has(item, "focused")), 0)
    screen.settle()
    screen.key(*(["Down"] * (place - now) if place > now else ["Up"] * (now - place)), "space")
    screen.settle()


def popover_items(combo):
    return [w for w in a11y.find_all(combo, name="GtkGizmo") if a11y.has(w, "focusable")]


def check(box, wanted):
    if a11y.has(box, "checked") != wanted:
        if is_gtk4(box):
            screen.click(box)
        else:
            a11y.act(box, "click")
        a11y.wait(lambda: a11y.has(box, "checked") == wanted, 5, f"{a11y.label_of(box)!r} does not change")


def fill(form, values):
    """LABEL: a text, a choice (name, place) or a bool."""
    for label, value in values.items():
        widget = field(form, label)
        if isinstance(value, bool):
            check(widget, value)
        elif isinstance(value, tuple):
            choose(widget, value)
        else:
            a11y.set_text(widget, value)


def read(form, *labels):
    return {label: a11y.text_of(field(form, label)) for label in labels}


def button(form, label):
    """(GTK 4.8 gives a button with a mnemonic both names: "_Add Add".)"""
    return a11y.find(form, "push button", lambda name: name == label or name.endswith(" " + label))


def pick_file(chooser, path, label):
    """In GTK's dialog: where nothing is to be typed, a slash begins a place."""
    screen.settle()
    screen.key("slash")
    a11y.set_text(a11y.find(chooser, "text", where=lambda w: a11y.has(w, "focused")), path)
    screen.settle()
    a11y.act(button(chooser, label), "click")


def is_sensitive(widget):
    return a11y.has(widget, "sensitive")


def wait_sensitive(widget, wanted=True):
    what = f"{widget.get_name()!r} does not become {'' if wanted else 'in'}sensitive"
    a11y.wait(lambda: is_sensitive(widget) == wanted, 5, what)


def go_to_tab(form, label):
    if is_gtk4(form):
        screen.click(a11y.find(a11y.find(form, "page tab list"), "label", label))
    else:
        tab = a11y.find(form, "page tab", label)
        a11y.Atspi.Selection.select_child(tab.get_parent(), tab.get_index_in_parent())
    screen.settle()
