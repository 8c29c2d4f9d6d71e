import os

from key_set import key_set

ISSUER, AUDIENCE, ALGORITHM = (os.environ[name] for name in ("ISSUER", "AUDIENCE", "ALGORITHM"))

# begin docs/verifying.md
from jose import jwt
from jose.exceptions import JWTError


def verify(token: str) -> dict:
    header = jwt.get_unverified_header(token)
    # Not the whole set: it fails where a key of another algorithm comes first.
    key = next((key for key in key_set()["keys"] if key["kid"] == header.get("kid")), None)
    if key is None or header.get("typ") != "at+jwt":
        raise JWTError("unknown key, or not an access token")
    options = {"leeway": 5, "require_exp": True, "require_iss": True, "require_aud": True}
    return jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options=options)
# end docs/verifying.md
