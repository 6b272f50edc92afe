"""Addresses at which phones reach a class."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from explorer.classroom import network
from explorer.settings import is_loopback


@pytest.mark.slow
def test_an_address_is_checked_by_a_request_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(network.NONCE.encode() if self.path == network.PING_PATH else b"another program")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(network, "own_addresses", lambda: ["127.0.0.2", "127.0.0.1"])
    try:
        port = server.server_address[1]
        urls, path = network.reachable_urls(port, "/class?room=KRTM"), f":{port}/class?room=KRTM"
        assert list(urls.items()) == [(f"http://127.0.0.1{path}", True), (f"http://127.0.0.2{path}", False)]
        assert not any(network.reachable_urls(port, "/class", root="/elsewhere").values())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_addresses_are_those_of_a_network_and_a_code_is_an_image() -> None:
    assert not any(is_loopback(each) for each in network.own_addresses())
    assert is_loopback("localhost") and is_loopback("[::1]") and not is_loopback("192.0.2.1")
    assert network.qr_uri("http://192.0.2.1:7860/class?room=KRTM").startswith("data:image/svg+xml")
