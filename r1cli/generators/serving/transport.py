"""One request over HTTP, and all that can become of it. The key is known here and nowhere else.

The key goes into the header of requests to one host: redirects are not followed. Whatever comes back, a text of an
error included, has the key cut out of it before anybody sees it. A response may take `timeout_s` in all, however
slowly it trickles, and a response without an end is given up.

Requests run in an event loop of their own: only there can one be ended from outside, whatever the library is waiting
for. Its own limits are between two pieces of a response, and headers can be cut into pieces for days.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from r1cli.generators.serving.pacing import retry_after_s
from r1cli.text import first_line

if TYPE_CHECKING:
    import httpx2

CONNECT_S = 10.0
LONGEST_RESPONSE = 32 * 2**20
"""Bytes. Sixty-four replies of 32,768 tokens take a third of it."""
REDACTED = b"[key]"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of one request."""

    seconds: float
    status: int | None = None
    """Of HTTP; None if no whole response came."""
    body: bytes = b""
    retry_after_s: float | None = None
    """What the server asks for."""
    failure: str = ""
    """Why no whole response came."""
    arrived: bool = True
    """Did the server get the request, as far as one can know? Then it may have worked, and charged, in vain."""


class Transport:
    """Sends JSON to one address; safe to be called from many threads."""

    def __init__(self, url: str, *, key: str | None, timeout_s: float, connections: int, is_local: bool) -> None:
        """`is_local`: proxies that the environment names are left aside."""
        import httpx2

        self._url = url
        self._secret = re.compile(_in_json(key or ""))
        self._timeout_s = timeout_s
        self._connect_s = min(timeout_s, CONNECT_S)
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(timeout_s, connect=self._connect_s, pool=None),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            trust_env=not is_local,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="served", daemon=True)
        self._thread.start()

    def post(self, body: Mapping[str, Any]) -> Exchange:
        """Send and wait. What a server or a network can do wrong is told in the result and never raised."""
        begun = time.monotonic()
        try:
            return asyncio.run_coroutine_threadsafe(self._post(body, begun), self._loop).result()
        except CancelledError:
            return Exchange(time.monotonic() - begun, failure="the connection was closed here")

    def close(self) -> None:
        """Drop all connections, also those of requests that are under way."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _post(self, body: Mapping[str, Any], begun: float) -> Exchange:
        import httpx2

        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        try:
            async with (
                # What took no longer than it may to connect has been sent by then.
                asyncio.timeout(self._connect_s + self._timeout_s),
                self._client.stream("POST", self._url, content=content, headers=headers) as response,
            ):
                return await self._read(response, begun)
        except TimeoutError:
            return Exchange(time.monotonic() - begun, failure=self._late())
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as e:
            return Exchange(time.monotonic() - begun, failure=self._said(e), arrived=False)
        except httpx2.HTTPError as e:
            return Exchange(time.monotonic() - begun, failure=self._said(e))

    async def _close(self) -> None:
        under_way = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._client.aclose()

    async def _read(self, response: httpx2.Response, begun: float) -> Exchange:
        received = bytearray()
        async for chunk in response.aiter_bytes():
            received += chunk
            if len(received) > LONGEST_RESPONSE:
                failure = f"a response of more than {LONGEST_RESPONSE >> 20} MiB"
                return Exchange(time.monotonic() - begun, failure=failure)
            if time.monotonic() - begun > self._timeout_s:
                return Exchange(time.monotonic() - begun, failure=self._late())
        return Exchange(
            time.monotonic() - begun,
            status=response.status_code,
            body=self._without_key(bytes(received)),
            retry_after_s=retry_after_s(response.headers),
        )

    def _late(self) -> str:
        return f"not complete after {self._timeout_s:g} s"

    def _said(self, error: Exception) -> str:
        text = f"{type(error).__name__}: {first_line(error)}"
        return self._without_key(text.encode()).decode()

    def _without_key(self, text: bytes) -> bytes:
        return self._secret.sub(REDACTED, text) if self._secret.pattern else text


def _in_json(key: str) -> bytes:
    """A pattern for a text as it may stand in JSON, where each character can be written as its number."""
    letters = (rf"(?:\\?{re.escape(letter)}|\\u00(?i:{ord(letter):02x}))" for letter in key)
    return "".join(letters).encode()
