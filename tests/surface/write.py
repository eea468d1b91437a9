"""Write the texts of `frozen/` as the program shows them now."""

import tempfile
from pathlib import Path

from surface.scene import PARTS

if __name__ == "__main__":
    for part, text in PARTS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = text(Path(folder)).rstrip("\n") + "\n"
        (Path(__file__).parent / "frozen" / f"{part}.txt").write_text(found, encoding="utf-8")
