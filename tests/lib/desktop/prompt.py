# SPDX-License-Identifier: GPL-2.0-or-later
"""The dialog in which NetworkManager's secret agent asks: GNOME Shell's own, or nm-applet's."""
from gi.repository import GLib

import a11y
import screen

CONNECT = ("Connect", "OK", "Verbinden", "Unlock")
CANCEL = ("Cancel", "Abbrechen")
UNNAMED = "unnamed"  # the one of GNOME Shell's question for the keyring's password

HINTS = """
let hints = [];
let look = actor => {
    if (actor instanceof imports.gi.St.Entry && actor.has_style_class_name('prompt-dialog-password-entry'))
        hints.push(actor.hint_text);
    actor.get_children().forEach(look);
};
look(Main.layoutManager.modalDialogGroup);
hints
"""


class Prompt:
    """A question on the screen."""

    def __init__(self, dialog, fields):
        self.dialog = dialog
        self.fields = fields  # (label, entry), from top to bottom

    def words(self):
        """What a person can read: "text: …" for each sentence, "field: …" for each field."""
        labels = [label for label, _ in self.fields]
        for widget in a11y.find_all(self.dialog, "label"):
            said = (widget.get_name() or "").strip()
            if a11y.has(widget, "visible") and a11y.extents(widget)[3] > 0 and said and said not in labels and said not in CONNECT + CANCEL:
                yield f"text: {said}"
        for label, entry in self.fields:
            hidden = "hidden" if entry.get_role_name() == "password text" else "shown"
            yield f"field: {label} ({hidden})"

    def answer(self, answers):
        for label, text in answers.items():
            entry = next((entry for called, entry in self.fields if called == label), None)
            if entry is None:
                raise a11y.NotFound(f"nobody asks for {label!r}, but for {[called for called, _ in self.fields]}")
            a11y.set_text(entry, text)
        self.confirm()
        self.wait_closed()

    def button(self, names):
        """GTK 4.8 gives a button's words to the label inside it only."""

        def is_called(button):
            return any(w.get_name() in names for w in [button, *a11y.find_all(button, "label")])

        return a11y.find(self.dialog, "push button", where=is_called)

    def wait_closed(self):
        """The next one may be there at once."""
        a11y.wait(lambda: not self.is_there(), 5, "the question does not go away")

    def is_there(self):
        now = there()
        return now is not None and now.dialog.path == self.dialog.path


def is_to_be_written_in(widget):
    return a11y.has(widget, "editable") and a11y.has(widget, "showing")


class ShellPrompt(Prompt):
    @staticmethod
    def there():
        shell = a11y.programs().get("gnome-shell")
        for dialog in a11y.find_all(shell, "dialog") if shell else []:
            entries = a11y.find_all(dialog, ("password text", "text", "entry"), where=is_to_be_written_in)
            if entries and a11y.has(dialog, "visible"):
                return ShellPrompt(dialog, list(zip(ShellPrompt.labels(), entries)))
        return None

    @staticmethod
    def labels():
        """GNOME Shell 43 writes them into the empty fields as hints, and tells a screen reader nothing of it."""
        return [hint or UNNAMED for hint in screen.shell_eval(HINTS)]

    def confirm(self):
        # Its buttons have no action for a screen reader; Enter in a field does the same.
        a11y.act(self.fields[-1][1], "activate")

    def cancel(self):
        screen.key("Escape")
        self.wait_closed()


class AppletPrompt(Prompt):
    """Our own auth dialog's window (tests/desktop/dialog) looks the same."""

    @staticmethod
    def there():
        programs = a11y.programs()
        for program in map(programs.get, ("nm-applet", "nm-ike-auth-dialog", "gcr-prompter")):
            for dialog in a11y.find_all(program, "dialog") if program else []:
                entries = a11y.find_all(dialog, ("password text", "text"), where=lambda w: a11y.has(w, "editable") and a11y.has(w, "visible"))
                if entries:
                    return AppletPrompt(dialog, [(a11y.label_of(entry), entry) for entry in entries])
        return None

    def confirm(self):
        a11y.act(self.button(CONNECT), "click")

    def cancel(self):
        a11y.act(self.button(CANCEL), "click")
        self.wait_closed()


def there():
    try:
        return ShellPrompt.there() if screen.SHELL else AppletPrompt.there()
    except GLib.Error:
        return None  # it has just gone


def wait_for_one(seconds=20):
    return a11y.wait(there, seconds, "nobody asks anything")
