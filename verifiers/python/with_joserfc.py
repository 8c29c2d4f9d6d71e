import os

from key_set import key_set

ISSUER, AUDIENCE, ALGORITHM = (os.environ[name] for name in ("ISSUER", "AUDIENCE", "ALGORITHM"))

# begin docs/verifying.md
from joserfc import jwt
from joserfc.errors import InvalidTokenError
from joserfc.jwk import KeySet

claims_registry = jwt.JWTClaimsRegistry(
    leeway=5, iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
)


def verify(text: str) -> dict:
    token = jwt.decode(text, KeySet.import_key_set(key_set()), algorithms=[ALGORITHM])
    if token.header.get("typ") != "at+jwt":
        raise InvalidTokenError("not an access token")
    claims_registry.validate(token.claims)
    return token.claims
# end docs/verifying.md
