"""Every notebook runs from top to bottom, carries no output, and defines nothing."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS_PER_CELL = 120


def read(path: Path) -> NotebookNode:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert isinstance(notebook, NotebookNode)
    return notebook


def test_there_are_notebooks_to_run() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    # A process of its own: the notebook client leaves its sockets to the garbage collector, and
    # their warnings would be errors in whatever test happened to run then. Its kernel is the
    # interpreter of this environment, whatever is registered on the machine.
    executed = tmp_path / path.name
    start = "from nbclient.cli import main; main()"
    command = [sys.executable, "-c", start, str(path), "--kernel_name=python3"]
    command += [f"--timeout={SECONDS_PER_CELL}", f"--output={executed.with_suffix('')}"]
    home = {"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path), "JUPYTER_PLATFORM_DIRS": "1"}
    run = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **home},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    outputs = [o for cell in read(executed).cells for o in cell.get("outputs", ())]
    assert outputs
    assert not [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs_and_defines_nothing(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type != "code":
            continue
        assert not cell.outputs
        assert cell.execution_count is None
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        assert not [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, kinds)]
