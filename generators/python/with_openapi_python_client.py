# begin docs/clients.md
import json
import os
from typing import TypeVar

from gatepass_client import AuthenticatedClient, Client
from gatepass_client.api.account import list_my_sessions, who_am_i
from gatepass_client.api.admin import list_users
from gatepass_client.api.authentication import login, logout, refresh
from gatepass_client.api.keys import list_public_keys
from gatepass_client.models import LoginRequest, LogoutRequest, Problem, RefreshRequest

ADDRESS, EMAIL, PASSWORD = (os.environ[f"GATEPASS_{name}"] for name in ("URL", "EMAIL", "PASSWORD"))


T = TypeVar("T")


def read(answer: T | Problem | None) -> T:
    """The answer, or the problem as an exception."""
    if isinstance(answer, Problem):
        raise RuntimeError(f"{answer.status} {answer.code}")
    if answer is None:
        raise RuntimeError("the response has a status that is not in the document")
    return answer


anyone = Client(base_url=ADDRESS)
tokens = read(login.sync(client=anyone, body=LoginRequest(email=EMAIL, password=PASSWORD)))
user = AuthenticatedClient(base_url=ADDRESS, token=tokens.access_token)
me = read(who_am_i.sync(client=user))
# end docs/clients.md
print("login", tokens.session_id)
print("me", me.role.value, me.level)
print("claims", json.dumps(me.claims.to_dict()))

sessions = read(list_my_sessions.sync(client=user)).sessions
print("sessions", len(sessions), sessions[0].created_at.isoformat())
print("keys", *(key.alg.value for key in read(list_public_keys.sync(client=anyone)).keys))
forbidden = list_users.sync(client=user)
if isinstance(forbidden, Problem):
    print("forbidden", forbidden.status, forbidden.code)

# Keep the refresh token of each response: it is the one for the next refresh. No access token is needed, but the types ask for one.
refreshed = read(refresh.sync(client=user, body=RefreshRequest(refresh_token=tokens.refresh_token)))
print("refresh", refreshed.session_id)
response = logout.sync_detailed(client=user, body=LogoutRequest(refresh_token=refreshed.refresh_token))
if response.status_code == 204:
    print("logout")
refused = who_am_i.sync(client=AuthenticatedClient(base_url=ADDRESS, token=refreshed.access_token))
if isinstance(refused, Problem):
    print("refused", refused.status, refused.code)
