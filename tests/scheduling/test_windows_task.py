"""The task for Windows: its XML, and what is asked of `schtasks`."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.scheduling.plan import SchedulePlan
from kaufland_cli.scheduling.runner import CompletedCommand
from kaufland_cli.scheduling.windows_tasks import WindowsTasks, task_text
from support.schedule_samples import PLAN, TARGET, Commands, for_system, host_of

SCHEMA = Path(__file__).with_name("windows_task.xsd")
XMLLINT = shutil.which("xmllint") or ""
WINDOWS = replace(
    PLAN,
    target=replace(TARGET, user=r"SHOP\anna & <co>"),
    command=(r"C:\Program Files\R&D\pythonw.exe", "-m", "kaufland_cli", "import-orders", "--scheduled"),
)
WITH_FOLDER = replace(WINDOWS, environment=(("KAUFLAND_DATA_DIR", r"D:\my orders & more"),))


def judge(text: str, folder: Path) -> str:
    """Return what the schema has against the text, in the encoding that is handed over."""
    file = folder / "task.xml"
    file.write_bytes(text.encode("utf-16"))
    ran = subprocess.run(
        [XMLLINT, "--noout", "--schema", str(SCHEMA), str(file)], capture_output=True, text=True, check=False
    )
    return "" if ran.returncode == 0 else ran.stderr


@pytest.mark.skipif(not XMLLINT, reason="there is no xmllint")
@pytest.mark.parametrize("plan", [WINDOWS, WITH_FOLDER, for_system(WINDOWS), replace(WINDOWS, every_minutes=1440)])
def test_schema_is_kept(plan: SchedulePlan, tmp_path: Path) -> None:
    """Elements, their order and their values are those of the Task Scheduler's own format, in UTF-16."""
    assert judge(task_text(plan), tmp_path) == ""


@pytest.mark.skipif(not XMLLINT, reason="there is no xmllint")
def test_schema_is_worth_something(tmp_path: Path) -> None:
    """A repetition of 30 seconds, which Windows refuses, is refused, and so is a trigger in another order."""
    text = task_text(WINDOWS)
    assert "Interval" in judge(text.replace("PT15M", "PT30S"), tmp_path)
    delay = "<RandomDelay>PT20S</RandomDelay>"
    assert judge(text.replace(delay, "").replace("<Enabled>", f"{delay}<Enabled>", 1), tmp_path)


def test_command_comes_back_to_the_letter() -> None:
    """Paths with blanks and ampersands reach the program as they are; a variable is set by a shell of Windows."""
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}

    def found(plan: SchedulePlan, name: str) -> str:
        tree = ET.fromstring(task_text(plan).encode("utf-16"))  # noqa: S314 - our own text
        return tree.findtext(f".//t:{name}", "", space)

    assert found(WINDOWS, "Command") == WINDOWS.command[0]
    assert found(WINDOWS, "Arguments") == "-m kaufland_cli import-orders --scheduled"
    assert found(WINDOWS, "UserId") == r"SHOP\anna & <co>"
    assert found(WINDOWS, "StartBoundary") == f"2026-01-01T00:{WINDOWS.rhythm.minute:02}:00"
    assert (found(WINDOWS, "RandomDelay"), found(WINDOWS, "Interval")) == ("PT20S", "PT15M")
    assert (found(WINDOWS, "StartWhenAvailable"), found(WINDOWS, "MultipleInstancesPolicy")) == ("true", "IgnoreNew")
    assert found(WITH_FOLDER, "Command").endswith("cmd.exe")
    inner = re.fullmatch(r'/d /s /c "(.*)"', found(WITH_FOLDER, "Arguments"))
    assert inner
    program = r'"C:\Program Files\R&D\pythonw.exe" -m kaufland_cli import-orders --scheduled'
    assert inner[1] == rf'set "KAUFLAND_DATA_DIR=D:\my orders & more" && {program}'
    with pytest.raises(ScheduleUnusable, match="quotation mark"):
        task_text(replace(WINDOWS, environment=(("KAUFLAND_DATA_DIR", 'D:\\100%"'),)))


def test_commands_for_schtasks(tmp_path: Path) -> None:
    """It is created with /F, so that a second time replaces it; started, looked at and deleted by its name."""
    commands = Commands({"schtasks /Query": CompletedCommand(1, err=b"ERROR: not found")})
    tasks = WindowsTasks(host_of(tmp_path, commands, "win32"))
    assert tasks.installed(WINDOWS.target) is None
    tasks.install(WINDOWS)
    create = commands.ran[-1]
    assert re.fullmatch(r"schtasks /Create /TN \\Kaufland\\kaufland-import /XML .*task\.xml /F", create)
    tasks.start(WINDOWS)
    assert commands.ran[-1] == r"schtasks /Run /TN \Kaufland\kaufland-import"
    commands.answers["schtasks /Query"] = CompletedCommand(0, task_text(WINDOWS).encode())
    installed = tasks.installed(WINDOWS.target)
    assert installed is not None
    assert installed.every_minutes == 15
    assert tasks.is_current(WINDOWS, installed)
    assert not tasks.is_current(replace(WINDOWS, every_minutes=30), installed)
    assert tasks.installed(replace(WINDOWS.target, system=True)) is None
    tasks.remove(WINDOWS.target)
    assert commands.ran[-1] == r"schtasks /Delete /TN \Kaufland\kaufland-import /F"
    commands.answers["schtasks /Create"] = CompletedCommand(1, err=b"ERROR: Access is denied.\r\n")
    with pytest.raises(ScheduleUnusable, match="Access is denied"):
        tasks.install(WINDOWS)


def test_windows_own_way_of_writing_is_no_difference(tmp_path: Path) -> None:
    """Users by their numbers, other order and blanks in what Windows shows: still the same entry."""
    shown = task_text(WINDOWS).replace("SHOP\\anna &amp; &lt;co&gt;", "S-1-5-21-1004").replace("  ", "\t")
    commands = Commands({"schtasks /Query": CompletedCommand(0, shown.encode("utf-16"))})
    tasks = WindowsTasks(host_of(tmp_path, commands, "win32"))
    installed = tasks.installed(WINDOWS.target)
    assert installed is not None
    assert tasks.is_current(WINDOWS, installed)


@pytest.mark.parametrize("code_page", ["cp850", "cp437", "cp1252", "utf-8", "utf-16", "utf-16-le"])
def test_task_is_recognised_in_every_code_page(code_page: str, tmp_path: Path) -> None:
    """A user named Jürgen has the same entry in what a console of any code page shows."""
    plan = replace(WINDOWS, command=(r"C:\Users\Jürgen\pythonw.exe", *WINDOWS.command[1:]))
    shown = CompletedCommand(0, task_text(plan).encode(code_page), code_page=code_page)
    tasks = WindowsTasks(host_of(tmp_path, Commands({"schtasks /Query": shown}), "win32"))
    installed = tasks.installed(plan.target)
    assert installed is not None
    assert r"C:\Users\Jürgen" in installed.texts[0].text
    assert tasks.is_current(plan, installed)
    other = replace(plan, command=(r"C:\Users\Jörgen\pythonw.exe", *plan.command[1:]))
    assert not tasks.is_current(other, installed)


@pytest.mark.parametrize("shown_as", ["L", "?"])
def test_letter_that_the_code_page_lacks_is_no_difference(shown_as: str, tmp_path: Path) -> None:
    """Windows shows a question mark or a similar letter instead: Łukasz does not have to install his schedule again."""
    plan = replace(WINDOWS, command=(r"C:\Users\Łukasz\pythonw.exe", *WINDOWS.command[1:]))
    printed = task_text(plan).replace("Ł", shown_as).encode("cp850")
    tasks = WindowsTasks(
        host_of(tmp_path, Commands({"schtasks /Query": CompletedCommand(0, printed, code_page="cp850")}), "win32")
    )
    installed = tasks.installed(plan.target)
    assert installed is not None
    assert tasks.is_current(plan, installed)
    assert not tasks.is_current(replace(plan, every_minutes=30), installed)


def test_output_of_schtasks_is_read_in_its_code_page() -> None:
    """A refusal in German reaches the user with its umlauts."""
    said = "FEHLER: Zugriff verweigert für Jürgen.\r\n".encode("cp850")
    assert CompletedCommand(1, err=said, code_page="cp850").said == "FEHLER: Zugriff verweigert für Jürgen."
