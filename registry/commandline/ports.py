"""The port that the service listens on, asked for before anything is started."""

import errno
import socket

from registry.installation import InstallationError


def require_free(host: str, port: int) -> None:
    """Raise InstallationError when nothing can listen there: one sentence, and nothing has been started yet."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen(1)
    except socket.gaierror as error:
        raise InstallationError(f"There is no address {host} on this machine.") from error
    except OSError as error:
        raise InstallationError(_sentence(host, port, error)) from error


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use: choose another one (PORT={port + 1} with make, --port {port + 1} here)."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is not for ordinary users: choose one above 1023."
    return f"Nothing can listen on {host} port {port}: {error.strerror}."
