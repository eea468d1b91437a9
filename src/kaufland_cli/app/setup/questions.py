"""Questions of `kaufland setup` about one setting or secret; the answers go to the draft."""

import shlex
from functools import partial
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.errors import WrongUsage
from kaufland_cli.secrets import SecretKey, SecretKind, length_warning
from kaufland_cli.settings import value_of
from kaufland_cli.settings.edit import parse_value

if TYPE_CHECKING:
    from kaufland_cli.app.person import Questions

NOTHING: Final = "-"
"""The answer for "no value", if a value is optional."""


class SettingQuestions:
    """Asks for settings. The current value is the default, and each answer is validated at once."""

    def __init__(self, asked: "Questions", draft: SetupDraft) -> None:
        self._asked = asked
        self._draft = draft

    def _value(self, key: str, question: str, default: str | None = None) -> str:
        """Ask for one setting."""
        present = default if default is not None else str(value_of(self._draft.values, key))
        self._draft.answers[key] = found = self._asked.text(question, present, partial(checked, key))
        return str(found)

    def _optional(self, key: str, question: str) -> str:
        """Ask for a setting that may be empty; `-` stands for empty."""
        return self._value(key, question, str(value_of(self._draft.values, key)) or NOTHING)

    def _needed(self, key: str, question: str, reason: str) -> str:
        """Ask for a setting that must not be empty."""
        while not self._value(key, question):
            self._asked.refuse(reason)
        return str(self._draft.answers[key])

    def _yes_no(self, key: str, question: str) -> bool:
        answer = self._asked.yes_no(question, default=bool(value_of(self._draft.values, key)))
        self._draft.answers[key] = answer
        return answer

    def _choice(self, key: str, question: str, choices: tuple[str, ...]) -> str:
        answer = self._asked.choice(question, choices, str(value_of(self._draft.values, key)))
        self._draft.answers[key] = answer
        return answer

    def _command(self, key: str, question: str, example: str) -> None:
        """Ask for a command that prints a secret; it is shown as one line and kept as a list."""
        present = value_of(self._draft.values, key)
        shown = shlex.join(present) if isinstance(present, list | tuple) else ""

        def check(text: str) -> object:
            found = present if present and text == shown else parse_value(key, text)
            if not found:
                raise WrongUsage(f"A command is needed, for example: {example}")
            return found

        self._draft.answers[key] = self._asked.text(question, shown, check)

    def _secret(self, kind: SecretKind, question: str, *, refused: bool = False) -> None:
        """Ask for a secret that this program keeps; Enter keeps the present one unless it was just refused."""
        draft = self._draft
        if not draft.secret_source(kind).writable:
            draft.new_secrets.pop(kind, None)
            return
        read = partial(SecretKey, kind=kind)
        known = draft.present_secret(kind)
        if refused and known and not self._asked.yes_no(f"Keep the {kind.words} that was just tried?", default=False):
            known = None
        while True:
            if known is None:
                secret = self._asked.hidden(question, read)
            else:
                name = question.partition(" (")[0]
                typed = self._asked.hidden_or_kept(f"{name} (not shown; Enter keeps the present one)", read)
                secret = typed or known.secret  # kept, and moved if the place has changed
            warning = length_warning(secret, kind)
            if warning is None:
                self._asked.confirm(f"*** ({secret.length} characters, {secret.fingerprint or 'short'})")
                break
            self._asked.refuse(f"{warning} Was it copied whole?")
            if self._asked.yes_no("Use it anyway?", default=False):
                break
        draft.new_secrets[kind] = secret


def checked(key: str, text: str) -> object:
    """Return an answer as the value of the setting. Raises `WrongUsage` with the reason and what is allowed."""
    try:
        return parse_value(key, "" if text == NOTHING else text)
    except WrongUsage as error:
        raise WrongUsage(error.message.removeprefix(f"{key}: ")) from None
