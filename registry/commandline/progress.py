"""A bar on standard error while a file is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn


@contextmanager
def reading() -> Iterator[Callable[[int, int, int], None]]:
    """Call what this gives with (bytes read, bytes in all, rows so far)."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task("Reading")

        def tell(done: int, size: int, rows: int) -> None:
            bar.update(task, completed=done, total=max(size, 1), description=f"{rows:,} rows")

        yield tell
