"""The way to the parent over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3

from shared.sync.refusal import Unreachable

LARGEST_ANSWER = 16 * 2**20
TIMEOUT = urllib3.Timeout(connect=5, read=60)


class HttpTransport:
    """Posts to one address from the settings. No redirects are followed, answers are bounded."""

    def __init__(self, address: str, ca_file: str | None = None) -> None:
        self._address = address.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT, ca_certs=ca_file)

    def call(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Post a body; Unreachable for anything but a complete, bounded answer."""
        sent = {"Content-Type": "application/msgpack", **headers}
        try:
            response = self._pool.request(
                "POST", self._address + path, body=body, headers=sent, redirect=False, preload_content=False
            )
            raw = response.read(LARGEST_ANSWER + 1, decode_content=False)
            if len(raw) > LARGEST_ANSWER:
                response.close()
                raise Unreachable(f"the parent at {self._address} answers more than {LARGEST_ANSWER} bytes")
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"the parent at {self._address} does not answer: {error}") from error
        return response.status, raw

    def close(self) -> None:
        """Close kept connections."""
        self._pool.clear()
