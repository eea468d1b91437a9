"""A question next to the store and the answer of the scheduled run that meets it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from kaufland_cli.domain.hint import command
from kaufland_cli.scheduling import verification
from kaufland_cli.scheduling.verification import VerificationAnswer

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FAILED = VerificationAnswer(3, "There is no keyring here.", command("setup", "--secret-store", "file"))


def test_answer_belongs_to_its_question(tmp_path: Path) -> None:
    """Only the answer to this very question proves anything, and one run answers it."""
    assert verification.asked(tmp_path, NOW) is None
    verification.ask(tmp_path, "one", NOW)
    assert verification.asked(tmp_path, NOW + timedelta(minutes=2)) == "one"
    assert verification.answered(tmp_path, "one") is None
    verification.answer(tmp_path, "one", FAILED)
    assert verification.answered(tmp_path, "one") == FAILED
    assert verification.asked(tmp_path, NOW) is None
    assert verification.answered(tmp_path, "two") is None
    verification.ask(tmp_path, "two", NOW)
    assert verification.answered(tmp_path, "one") is None


def test_old_or_broken_question_makes_no_run(tmp_path: Path) -> None:
    """What was left behind by an installation that was stopped never starts an import, nor does rubbish."""
    verification.ask(tmp_path, "one", NOW)
    assert verification.asked(tmp_path, NOW + timedelta(minutes=16)) is None
    assert verification.asked(tmp_path, NOW - timedelta(minutes=1)) is None
    (tmp_path / "schedule-verification.json").write_text('["one"]', encoding="utf-8")
    assert verification.asked(tmp_path, NOW) is None
    (tmp_path / "schedule-verification.json").write_text("{", encoding="utf-8")
    assert verification.asked(tmp_path, NOW) is None
    verification.withdraw(tmp_path)
    assert list(tmp_path.iterdir()) == []
