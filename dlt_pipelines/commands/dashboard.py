"""The command that opens the pages."""

import os
import sys
from importlib.resources import files

import click

from dlt_pipelines.core.settings import HOME


@click.command()
@click.option("--address", help="Where others reach them; this machine's alone if not.")
@click.option("--port", type=click.IntRange(1, 65535), help="8501 if not given.")
def dashboard(address: str | None, port: int | None) -> None:
    """Open the dashboards on what is published."""
    app = files("dashboards") / "app.py"
    words = [sys.executable, "-m", "streamlit", "run", str(app)]
    words += ["--server.address", address] if address else []
    words += ["--server.port", str(port)] if port else []
    login = HOME / ".streamlit" / "secrets.toml"
    words += ["--secrets.files", str(login)] if login.exists() else []
    os.execv(words[0], words)
