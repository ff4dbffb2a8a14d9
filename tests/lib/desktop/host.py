# SPDX-License-Identifier: GPL-2.0-or-later
"""The two programs that show our editor to people: GNOME Settings (GTK 4) and nm-connection-editor (GTK 3)."""
import a11y
import card
import form
import screen

OURS = "IKE and IPsec VPN (IKEv1, IKEv2)"
ADVANCED = "Advanced IPsec Options"


class Host:
    def window(self, is_it, seconds=10):
        """Only a program's own children are windows: to walk all of it takes long."""
        return a11y.wait(lambda: next(filter(is_it, a11y.children(self.program())), None), seconds, "no such window")

    def dialog(self):
        """That of the advanced options, while it is open, else that of the connection."""
        found = next((w for w in a11y.children(self.program()) if w.get_name() == ADVANCED), None)
        return found or self.connection_dialog()

    def form_with(self, label):
        """What is nearest to our button and has that field: other pages have a "Gateway" too."""
        dialog = self.dialog()
        form_of = next(iter(a11y.find_all(dialog, "push button", lambda name: name.endswith("Advanced…"))), dialog)
        while form_of.path != dialog.path and not form.has_field(form_of, label):
            form_of = form_of.get_parent()
        return form_of

    def fill(self, values):
        for label, value in values.items():
            form.fill(self.form_with(label), {label: value})

    def from_card(self, label, *words):
        """The certificate of that name, on the token of that name, which has that PIN; and "remember": the PIN too."""
        token, pin, certificate, *more = words
        card.choose(self, label, token, pin, certificate, remember=more == ["remember"])

    def from_file(self, label, path):
        """The certificate, or key, in that file."""
        card.choose_file(self, label, path)

    def tab(self, name):
        form.go_to_tab(self.dialog(), name)

    def show(self, *labels):
        """"LABEL: what is written there"."""
        for label in labels:
            print(f"{label}: {form.read(self.form_with(label), label)[label]}")

    def press(self, label):
        """What closes the dialog."""
        dialog = self.dialog()
        title, button = dialog.get_name(), form.button(dialog, label)
        form.wait_sensitive(button)
        a11y.act(button, "click")
        screen.wait_gone(title)

    def refuses(self, label):
        """The button cannot be pressed. Writes down every text that is on the page."""
        dialog = self.dialog()
        form.wait_sensitive(form.button(dialog, label), False)
        for widget in a11y.find_all(dialog, "label"):
            if a11y.has(widget, "visible") and widget.get_name():
                print(widget.get_name())

    def advanced(self):
        a11y.act(form.button(self.dialog(), "Advanced…"), "click")
        a11y.wait(lambda: self.dialog().get_name() == ADVANCED, 5, "the advanced options do not open")


class Settings(Host):
    """gnome-control-center network"""

    def program(self):
        return a11y.program("gnome-control-center")

    def ready(self):
        a11y.find(self.program(), "push button", "Add connection", seconds=20)

    def connection_dialog(self):
        return self.window(lambda w: w.get_role_name() == "dialog")

    def new(self, kind=OURS):
        a11y.act(a11y.find(self.program(), "push button", "Add connection", seconds=10), "click")
        dialog = self.window(lambda w: w.get_name() == "Add VPN")
        row = a11y.find(dialog, "label", kind)
        screen.settle()
        screen.click(row)
        if kind == OURS:
            form.field(dialog, "Name")

    def switch_of(self, name):
        vpns = a11y.find(self.program(), "list", "VPN", seconds=10)
        return a11y.find(vpns, "check box", lambda called: called.endswith(" " + name))

    def switch(self, name, to):
        """It is turned as soon as it stands the other way round."""
        widget = self.switch_of(name)
        a11y.wait(lambda: a11y.has(widget, "checked") == (to == "off"), 5, f"{name!r} is {to} already")
        a11y.act(widget, "click", "toggle")

    def stands(self, name, to):
        widget = self.switch_of(name)
        a11y.wait(lambda: a11y.has(widget, "checked") == (to == "on"), 10, f"{name!r} is not {to}")

    def edit(self, name):
        gear = a11y.find(self.switch_of(name).get_parent(), "push button")
        a11y.act(gear, "click")
        self.window(lambda w: w.get_role_name() == "dialog" and name in w.get_name())

    def import_file(self, path):
        self.new("Import from file…")
        chooser = self.window(lambda w: w.get_name() == "Select file to import")
        screen.prepare_keyboard()
        form.pick_file(chooser, path, "Open")
        screen.wait_gone("Select file to import")
        form.field(self.dialog(), "Name", seconds=10)


class ConnectionEditor(Host):
    """nm-connection-editor"""

    def program(self):
        return a11y.program("nm-connection-editor")

    def ready(self):
        form.button(self.main_window(), "Add")

    def connection_dialog(self):
        return self.window(lambda w: w.get_name().startswith("Editing "))

    def main_window(self):
        return self.window(lambda w: w.get_name() == "Network Connections")

    def choice_dialog(self):
        """(Its title is a space.)"""
        return self.window(lambda w: w.get_role_name() == "dialog" and a11y.find_all(w, "label", "Choose a Connection Type"))

    def new(self, kind=OURS):
        # By pointer: a button that runs a dialog answers only when that is closed.
        screen.click(form.button(self.main_window(), "Add"))
        dialog = self.choice_dialog()
        combo = a11y.find(dialog, "combo box", where=lambda w: a11y.has(w, "visible"))
        a11y.act(a11y.find(combo, "menu item", lambda name: name.strip() == kind), "click")
        a11y.wait(lambda: kind in combo.get_name(), 5, f"{kind!r} cannot be chosen")
        self.leave_choice(dialog)

    def leave_choice(self, dialog):
        """The click can get lost while the combo's menu goes away."""
        for _ in range(10):
            screen.settle()
            screen.click(form.button(dialog, "Create…"))
            try:
                self.window(lambda w: w.get_name().startswith("Editing "), seconds=1)
                return
            except a11y.NotFound:
                pass
        raise a11y.NotFound("nm-connection-editor does not open its window")

    def edit(self, name):
        table = a11y.find(self.main_window(), "tree table")
        screen.click(a11y.find(table, "table cell", name))
        screen.click(form.button(self.main_window(), "Edit"))
        self.window(lambda w: w.get_name() == f"Editing {name}")


HOSTS = {"settings": Settings, "editor": ConnectionEditor}


def value_of(text):
    """As the command line has it: "[x]", "[ ]" a check; "*2 NAME" the third of a choice; else a text."""
    if text in ("[x]", "[ ]"):
        return text == "[x]"
    if text.startswith("*"):
        place, name = text[1:].split(" ", 1)
        return name, int(place)
    return text


def run(host, verb, *words):
    if verb == "fill":
        HOSTS[host]().fill({label: value_of(text) for label, text in (word.split("=", 1) for word in words)})
    else:
        getattr(HOSTS[host](), verb.replace("-", "_"))(*words)
