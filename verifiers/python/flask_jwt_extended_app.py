import os

ISSUER, AUDIENCE, ALGORITHM = (os.environ[name] for name in ("ISSUER", "AUDIENCE", "ALGORITHM"))

# begin docs/verifying.md
from flask import Flask
from flask_jwt_extended import JWTManager, get_jwt, jwt_required
from jwt import InvalidTokenError, PyJWKClient, PyJWKClientError

app = Flask(__name__)
app.config.update(
    JWT_ALGORITHM=ALGORITHM,
    JWT_DECODE_ISSUER=ISSUER,
    JWT_DECODE_AUDIENCE=AUDIENCE,
    JWT_DECODE_LEEWAY=5,
)
keys = PyJWKClient(f"{ISSUER}/.well-known/jwks.json")


@JWTManager(app).decode_key_loader
def find_key(header, _claims):
    if header.get("typ") != "at+jwt":
        raise InvalidTokenError("not an access token")
    try:
        return keys.get_signing_key(header.get("kid")).key
    except PyJWKClientError as error:
        raise InvalidTokenError(str(error)) from error


@app.get("/")
@jwt_required()
def me():
    return {"user": get_jwt()["sub"], "role": get_jwt()["role"]}
# end docs/verifying.md
