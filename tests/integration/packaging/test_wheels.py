"""What is shipped: both wheels, built as a release builds them, hold everything that the code needs at run time."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DATA = {".sql", ".html", ".css", ".js", ".svg", ".typed", ".mjs", ".go", ".java", ".php"}
BESIDE = {"src/dastak": {"dastak/web/dashboard/developers/openapi.json"}, "sdk/src/dastak_sdk": set()}
"""What a wheel takes from elsewhere."""


@pytest.mark.slow
@pytest.mark.parametrize(("project", "package"), [(".", "src/dastak"), ("sdk", "sdk/src/dastak_sdk")])
def test_a_wheel_holds_every_file_of_its_package(tmp_path: Path, project: str, package: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT / project, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    folder = ROOT / package
    wanted = {
        str(file.relative_to(folder.parent))
        for file in folder.rglob("*")
        if file.suffix in DATA | {".py"} and "__pycache__" not in file.parts
    }
    assert wanted | BESIDE[package] <= shipped
    assert any("LICENSE" in name for name in shipped)


def test_the_sdk_needs_nothing_but_the_standard_library() -> None:
    """Frameworks and pytest come with the modules that are named after them, and with nothing else."""
    code = (
        "import sys, dastak_sdk, dastak_sdk.asgi, dastak_sdk.wsgi, dastak_sdk.inbox, dastak_sdk.deliveries; "
        "print(*sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'sdk/src')!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(run.stdout.split()) <= {"dastak_sdk", "__main__"}
