import os

from key_set import key_set

ISSUER, AUDIENCE = (os.environ[name] for name in ("ISSUER", "AUDIENCE"))

# begin docs/verifying.md
from authlib.integrations.flask_oauth2 import ResourceProtector, current_token
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask
from joserfc.errors import JoseError


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        return key_set()

    def validate_token(self, token, scopes, request, **_):
        try:
            token.validate(leeway=5)  # none by default, and `iat` may be three seconds ahead
        except JoseError as error:
            raise InvalidTokenError() from error


require_token = ResourceProtector()
require_token.register_token_validator(Validator(ISSUER, AUDIENCE))
app = Flask(__name__)


@app.get("/")
@require_token()
def me():
    # Not `roles=`, which wants a list in the claim `roles`.
    return {"user": current_token["sub"], "role": current_token["role"]}
# end docs/verifying.md
