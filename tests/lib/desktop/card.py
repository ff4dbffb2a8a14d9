# SPDX-License-Identifier: GPL-2.0-or-later
"""libnma's dialogs for a certificate on a token: which one, and the PIN."""
import a11y
import form
import screen

CHOOSER = "Choose a User Certificate"


def open_chooser(combo, name, place):
    """The tokens stand below "(None)", files come last. By keys: an action of GTK 3 would come back when the dialog
    is closed."""
    if form.is_gtk4(combo):
        form.choose(combo, (name, place))
        return
    items = [w.get_name() for w in a11y.find_all(combo, "menu item")]
    screen.click(combo)
    screen.settle()
    screen.key(*["Down"] * (items.index(name) - items.index(combo.get_name())), "Return")


def log_in(host, chooser, token, pin, remember):
    title = f"Enter {token} PIN"
    screen.click(form.button(chooser, "Unlock token"))
    dialog = host.window(lambda w: w.get_name() == title)
    a11y.set_text(a11y.find(dialog, ("password text", "text")), pin)
    if remember:
        form.check(a11y.labelled(dialog, "Remember PIN"), True)
    screen.settle()
    screen.click(form.button(dialog, "Login"))
    screen.wait_gone(title)
    screen.settle()


def select(chooser, certificate):
    """GTK 4.8 shows a screen reader no rows: the only one stands right under its column's name."""
    if form.is_gtk4(chooser):
        heading = a11y.find(chooser, "label", "Name")
        x, y = screen.place_of(heading)
        screen.click_at(x, y + 2 * a11y.extents(heading)[3])
    else:
        screen.click(a11y.find(chooser, "table cell", certificate))
    form.wait_sensitive(form.button(chooser, "Select"))


def choose(host, label, token, pin, certificate, remember=False):
    screen.prepare_keyboard()
    open_chooser(form.field(host.form_with(label), label), token + "…", 1)
    chooser = host.window(lambda w: w.get_name() == CHOOSER)
    screen.settle()
    log_in(host, chooser, token, pin, remember)
    select(chooser, certificate)
    screen.click(form.button(chooser, "Select"))
    screen.wait_gone(CHOOSER)
    screen.settle()


def choose_file(host, label, path):
    screen.prepare_keyboard()
    open_chooser(form.field(host.form_with(label), label), "Select from file…", -1)
    chooser = host.window(lambda w: w.get_name() == CHOOSER)
    form.pick_file(chooser, path, "Select")
    screen.wait_gone(CHOOSER)
    screen.settle()
