"""What Kaufland says in the body of an error answer."""

import json
from dataclasses import dataclass

from kaufland_cli.domain.masking import quoted
from kaufland_cli.http.personal_data import hide_personal_data
from kaufland_cli.http.redaction import MAX_SHOWN_CHARACTERS, SECRETS
from kaufland_cli.seller_api.json_reader import read_json


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of an error answer, as far as it could be read."""

    type: str
    message: str

    @classmethod
    def read(cls, body: bytes) -> "Problem":
        """Read Kaufland's error form; where it is none, the text itself, shortened."""
        try:
            found = hide_personal_data(read_json(body))
        except (ValueError, RecursionError):
            text = body[: MAX_SHOWN_CHARACTERS * 4].decode("utf-8-sig", "replace").strip()
            # A page is for browsers; JSON that broke off, or in another encoding, cannot be searched for persons.
            told = text[:1] not in {"<", "{", "["} and '"' not in text and "\0" not in text
            return cls("", SECRETS.told(text) if told else "")
        if not isinstance(found, dict):
            return cls("", SECRETS.told(json.dumps(found, ensure_ascii=False)))
        parts = [str(found["message"])] if found.get("message") else []
        errors = found.get("errors")
        parts.extend(
            ": ".join(str(detail[name]) for name in ("field", "message") if detail.get(name))
            for detail in (errors if isinstance(errors, list) else [])
            if isinstance(detail, dict)
        )
        # Kaufland once put the detail of a 400 under other names, so they are shown too.
        rest = {name: value for name, value in found.items() if name not in {"type", "message", "errors"}}
        if rest:
            parts.append(json.dumps(rest, ensure_ascii=False))
        return cls(SECRETS.told(str(found.get("type") or "")), SECRETS.told("; ".join(part for part in parts if part)))

    def sentence(self) -> str:
        """Return what Kaufland said, ready to follow a clause, or nothing."""
        return quoted(self.message)
