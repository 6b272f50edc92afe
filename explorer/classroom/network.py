"""Addresses at which phones on the same network reach this server, found and checked, with QR codes.

    reachable_urls(7860, "/class")  # {"http://ADDRESS:7860/class": True}, False if nothing answers there
    qr_uri("http://ADDRESS:7860/class?room=KRTM")
    start_command(7871)             # "make run HOST=0.0.0.0 PORT=7871"

An address answers if a request to it comes back from this very process. A firewall between it and a phone is not seen.
"""

import http.client
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from typing import Any

import psutil
import segno

from explorer.settings import DEFAULT_PORT, is_loopback

CLASS_PATH = "/class"
PING_PATH = f"{CLASS_PATH}/ping"
NONCE = secrets.token_hex(8)
"""Answer of this process to a ping."""
PING_TIMEOUT_S = 1.5
MAX_TRIED_ADDRESSES = 4
LONGEST_URL = 300


def reachable_urls(port: int, path: str, root: str = "") -> dict[str, bool]:
    """Return the addresses of the page on this computer's networks, and if this server answered there.

    Addresses that answer come first, and the one of the default route comes before the others that answer.

    Args:
        port: port on which the server listens.
        path: path of the page, with its query.
        root: path under which a proxy serves the app, empty for none.
    """
    answers = {each: _is_answered(each, port, root + PING_PATH) for each in own_addresses()[:MAX_TRIED_ADDRESSES]}
    reachable_first = sorted(answers, key=lambda address: not answers[address])
    return {f"http://{address}:{port}{root}{path}": answers[address] for address in reachable_first}


def own_addresses() -> list[str]:
    """Return the IPv4 addresses of the interfaces that are up, without loopback and link-local ones."""

    def is_usable(text: str) -> bool:
        address = ipaddress.ip_address(text)
        return not (address.is_loopback or address.is_link_local or address.is_unspecified)

    first, stats = _default_route(), psutil.net_if_stats()
    addresses = [
        each.address
        for name, entries in psutil.net_if_addrs().items()
        for each in entries
        if each.family == socket.AF_INET and name in stats and stats[name].isup and is_usable(each.address)
    ]
    return sorted(dict.fromkeys(addresses), key=lambda address: address != first)


def is_own_address(address: str) -> bool:
    """Return True if a request from this address was made on this computer."""
    return is_loopback(address) or address in own_addresses()


def server_port(scope: Mapping[str, Any]) -> int:
    """Return the port on which this server listens, from the ASGI scope of a request, behind a proxy too."""
    return int((scope.get("server") or ("", 80))[1] or 80)


def start_command(port: int) -> str:
    """Return the command that serves the network on `port`; it names the port unless it is the usual one."""
    return "make run HOST=0.0.0.0" + ("" if port == DEFAULT_PORT else f" PORT={port}")


def qr_uri(url: str) -> str:
    """Return a QR code of the URL as an SVG data URI."""
    code = segno.make(url, error="m", micro=False)
    return str(code.svg_data_uri(border=2, dark="#141b24", light="#ffffff", scale=8))


def _default_route() -> str:
    """Return the address from which a packet to another network would leave; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def _is_answered(address: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=PING_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().read(100).decode(errors="replace") == NONCE
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
