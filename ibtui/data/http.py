"""The HTTP client of `fetch`: http and https only, and no waiting for headers that drip."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    build_opener,
)

HEADER_SECONDS = 60.0


class RefusedError(Exception):
    """A server leads to where this program does not go."""


class _Prompt(HTTPConnection):
    """A connection whose headers must have come after `HEADER_SECONDS`, however they drip."""

    def getresponse(self) -> HTTPResponse:
        watch = threading.Timer(HEADER_SECONDS, self._cut)
        watch.daemon = True
        watch.start()
        try:
            return super().getresponse()
        finally:
            watch.cancel()

    def _cut(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


class _PromptTls(_Prompt, HTTPSConnection):
    """The same over TLS."""


class _Http(HTTPHandler):
    def http_open(self, req):
        return self.do_open(_Prompt, req)


class _Https(HTTPSHandler):
    def https_open(self, req):
        return self.do_open(_PromptTls, req)


class _Redirects(HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise RefusedError(f"leads to {newurl[:80]}, which is no http:// or https:// address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def opener() -> OpenerDirector:
    """What opens addresses; proxies are taken from the environment, as everywhere."""
    return build_opener(_Http, _Https, _Redirects)
