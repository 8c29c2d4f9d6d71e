import os

ISSUER, AUDIENCE, ALGORITHM = (os.environ[name] for name in ("ISSUER", "AUDIENCE", "ALGORITHM"))

# begin docs/verifying.md
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")


def current_claims(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> dict:
    token = credentials.credentials
    try:
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("not an access token")
        return jwt.decode(
            token, keys.get_signing_key_from_jwt(token), algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, leeway=5,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise HTTPException(401, str(error)) from error


app = FastAPI()


@app.get("/me")
def me(claims: Annotated[dict, Depends(current_claims)]) -> dict:
    return {"user": claims["sub"], "role": claims["role"]}
# end docs/verifying.md


app.get("/fastapi")(me)
