"""Check that the port is free before the page is built, which takes seconds.

check_address("127.0.0.1", 7860)      # UserError: "PORT=7860: another program listens there; ..."
"""

import errno
import os
import socket

from explorer.errors import UserError

LOCALHOST = "127.0.0.1"


def check_address(host: str | None, port: int | None) -> None:
    """Raise `UserError` if no program can listen on `port` of `host`; without a port Gradio looks for a free one."""
    if port is None:
        return
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or LOCALHOST, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":  # elsewhere it would share a port that is taken
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise _refused(error, host or LOCALHOST, port) from None


def _refused(error: OSError, host: str, port: int) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(
            "PORT", port, f"another program listens there; name another, as in PORT={_other(port)} make run"
        )
    if error.errno == errno.EACCES:
        return UserError("PORT", port, "may not be used by this user; name one above 1023, as in PORT=7860 make run")
    reason = f"is not an address of this computer ({error.strerror}); 127.0.0.1 always is"
    return UserError("HOST", host, reason, longest=80)


def _other(port: int) -> int:
    return port + 1 if port < 65535 else 7860
