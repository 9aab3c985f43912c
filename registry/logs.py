"""Logs: one JSON object a line on standard error, and nothing in them that anybody typed.

What went wrong is told by the kinds of error and the places in the code. The words of an error are left out, for
the database's repeat the values of a row, and the parsers' what a form held.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_FRAMES: Final = 30
_OURS: Final = ("/registry/", "/web/", "/migrations/")


class _StandardError:
    """Standard error as it is when a line is written: who swaps it for a while (a test, a shell) takes the lines,
    and nobody is left writing to a stream that has been closed."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(level: str) -> None:
    """Set up this process's logs: our own and those of the libraries, in one form."""
    stream: Any = _StandardError()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # libraries speak up for warnings only, whatever level is asked of ours: their info lines repeat requests
    root.setLevel(max(_LEVELS[level], logging.WARNING))


def without_words(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its kind, its causes' kinds, and where it came from."""
    error = event.pop("exc_info", None)
    if error is True or (error and not isinstance(error, (tuple, BaseException))):
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = kinds(error)
        event["at"] = places(error)
    event.pop("stack_info", None)
    return event


def kinds(error: BaseException) -> list[str]:
    """The kind of an error, then those that caused it, with the database's code where it has one."""
    found: list[str] = []
    step: BaseException | None = error
    while step is not None and len(found) < _FRAMES:
        state = getattr(step, "sqlstate", None)
        found.append(type(step).__name__ + (f" {state}" if state else ""))
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return found


def places(error: BaseException) -> list[str]:
    """The places in our own code that the error came through, outermost first, and the one where it arose."""
    frames = list(traceback.extract_tb(error.__traceback__))
    kept = [frame for frame in frames[:-1] if _is_ours(frame.filename)][-_FRAMES:] + frames[-1:]
    return [f"{_from_root(frame.filename)}:{frame.lineno} {frame.name}" for frame in kept]


def _is_ours(filename: str) -> bool:
    return "site-packages" not in filename and any(folder in filename for folder in _OURS)


def _from_root(filename: str) -> str:
    """Without the folder that this machine has the program in."""
    for folder in ("/site-packages/", *_OURS):
        _, found, after = filename.partition(folder)
        if found:
            return after if folder == "/site-packages/" else f"{folder[1:]}{after}"
    return filename
