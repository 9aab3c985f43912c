"""A process that another one started ends with it, however that one ended."""

import os
import signal
import threading


def end_with_parent() -> None:
    """Ask ourselves to stop once standard input closes: the parent holds the other end, and the kernel closes it also
    when the parent was killed."""

    def wait() -> None:
        # past Python's own buffer, whose lock would be held while the interpreter ends
        while os.read(0, 4096):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
