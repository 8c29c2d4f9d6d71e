import os

ISSUER = os.environ["ISSUER"]

# begin docs/verifying.md
import time

import requests

fetched_at, keys = 0.0, None


def key_set() -> dict:
    """Reads the keys once a minute, for libraries that do not."""
    global fetched_at, keys
    if keys is None or time.monotonic() - fetched_at > 60:
        response = requests.get(f"{ISSUER}/.well-known/jwks.json", timeout=5)
        response.raise_for_status()
        fetched_at, keys = time.monotonic(), response.json()
    return keys
# end docs/verifying.md
