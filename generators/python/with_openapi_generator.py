# begin docs/clients.md
import json
import os

from gatepass import AccountApi, AdminApi, ApiClient, AuthenticationApi, Configuration, KeysApi
from gatepass.exceptions import ApiException
from gatepass.models import LoginRequest, LogoutRequest, Problem, RefreshRequest

ADDRESS, EMAIL, PASSWORD = (os.environ[f"GATEPASS_{name}"] for name in ("URL", "EMAIL", "PASSWORD"))


def problem_of(error: ApiException) -> Problem:
    """The problem document of a refused request."""
    problem = Problem.from_json(error.body or "null")
    if problem is None:
        raise error
    return problem


configuration = Configuration(host=ADDRESS)
client = ApiClient(configuration)
authentication, account = AuthenticationApi(client), AccountApi(client)

tokens = authentication.login(LoginRequest(email=EMAIL, password=PASSWORD))
configuration.access_token = tokens.access_token
me = account.who_am_i()
# end docs/clients.md
print("login", tokens.session_id)
print("me", me.role.value, me.level)
print("claims", json.dumps(me.claims))

sessions = account.list_my_sessions().sessions
print("sessions", len(sessions), sessions[0].created_at.isoformat())
print("keys", *(key.alg for key in KeysApi(client).list_public_keys().keys))
try:
    AdminApi(client).list_users()
except ApiException as error:
    print("forbidden", error.status, problem_of(error).code)

# Keep the refresh token of each response: it is the one for the next refresh.
refreshed = authentication.refresh(RefreshRequest(refresh_token=tokens.refresh_token))
configuration.access_token = refreshed.access_token
print("refresh", refreshed.session_id)
authentication.logout(LogoutRequest(refresh_token=refreshed.refresh_token))
print("logout")
try:
    account.who_am_i()
except ApiException as error:
    print("refused", error.status, problem_of(error).code)
