"""How schemathesis logs in, and which of its findings are none."""

import atexit
import base64
import json
import os
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import (
    AllowHeaderMismatch,
    MissingHeaderNotRejected,
    RejectedPositiveData,
    UndefinedStatusCode,
    UnsupportedMethodResponse,
    UseAfterFree,
)

ADDRESS = os.environ["ADDRESS"]
ROLE = os.environ["ROLE"]
PASSWORD = os.environ["PASSWORD"]
FEED_TOKEN = os.environ["FEED_TOKEN"]
STATUSES_FILE = os.environ["STATUSES_FILE"]
TIMEOUT_SECONDS = 10

# E-mails and passwords of those that it may be. The first is who it is, until its own requests shut it out.
accounts = [[email, PASSWORD] for email in os.environ["ACCOUNTS"].split()]
statuses = defaultdict(set)


def read_role(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(f"{payload}=="))["role"]


if accounts:

    @schemathesis.auth(retry_on=[401]).apply_to(schemathesis.openapi.require_security_scheme("bearer"))
    class AccessToken:
        """Logs in, and again after each 401: the session may have been ended."""

        def get(self, case, context):
            while accounts:
                email, password = accounts[0]
                body = {"email": email, "password": password}
                response = requests.post(f"{ADDRESS}/auth/login", json=body, timeout=TIMEOUT_SECONDS)
                if response.status_code == 200 and read_role(response.json()["access_token"]) == ROLE:
                    return response.json()["access_token"]
                accounts.pop(0)
            raise RuntimeError("all accounts are shut out")

        def set(self, case, data, context):
            case.headers["authorization"] = f"Bearer {data}"

    @schemathesis.auth().apply_to(schemathesis.openapi.require_security_scheme("feed"))
    class FeedToken:
        def get(self, case, context):
            return FEED_TOKEN

        def set(self, case, data, context):
            case.headers["authorization"] = f"Bearer {data}"


# What is no fault of the service: the kind of a failure, what its message, address or response contains, and the reason in the line before.
MISJUDGED = [
    # HTTP servers ignore headers that they do not know.
    (AcceptedNegativeData, "in header - object with unexpected properties"),
    # A case without the header gets an access token before it is sent.
    (AcceptedNegativeData, "header: violates `required` (was Authorization)"),
    # An audit event without a user has the user_id null, and schemathesis asks for the user "None".
    (RejectedPositiveData, "/None"),
    # Which audiences there are is a setting, which the public document does not tell.
    (RejectedPositiveData, '"code":"invalid_target"'),
    (MissingHeaderNotRejected, '"code":"invalid_target"'),
    # Which capabilities there are is a setting, too.
    (RejectedPositiveData, '"path":"allow","message":"must be a capability that a role grants"'),
    # Its description says that it goes with another member, which only a union could say: generated clients cannot read one.
    (RejectedPositiveData, '"path":"/use_standby","message":"needs compromised"'),
    # That a second factor has one form of several, and that a step-up needs one proof, only a union could say, too.
    (RejectedPositiveData, '"message":"must have one of: totp, recovery_code, passkey"'),
    (RejectedPositiveData, '"path":"/password","message":"is required, unless there is a passkey"'),
    # To the methods that a passkey has, `options` is an id.
    (AllowHeaderMismatch, "/account/passkeys/options"),
    (UnsupportedMethodResponse, "/account/passkeys/options"),
    # How many bytes custom claims may have as JSON, no schema can say.
    (RejectedPositiveData, '"path":"/claims","message":"must have at most'),
    # DELETE ends all sessions of a user, and leaves an empty list.
    (UseAfterFree, "/sessions`"),
    # info.description says once for all operations that any address can be too long.
    (UndefinedStatusCode, "Received: 414"),
]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    text = f"{failure.message} {response.request.url} {response.text}"
    is_misjudged = any(isinstance(failure, kind) and part in text for kind, part in MISJUDGED)
    return not is_misjudged and not is_lost(failure, case, response)


def is_lost(failure, case, response):
    """Whether the unknown query parameter that should have been refused has no value, and so is not in the address."""
    if not isinstance(failure, AcceptedNegativeData) or "query: violates `additionalProperties`" not in failure.message:
        return False
    sent = parse_qs(urlsplit(response.request.url).query, keep_blank_values=True)
    return set(sent) <= {parameter.name for parameter in case.operation.query}


@schemathesis.hook
def after_call(context, case, response):
    # Some cases have another method than the operation, to see it refused.
    if response.request.method == case.operation.method.upper():
        statuses[case.operation.label].add(response.status_code)
        if case.operation.label == "PUT /account/password" and response.status_code == 204:
            accounts[0][1] = case.body["new_password"]


@atexit.register
def write_statuses():
    with open(STATUSES_FILE, "w") as file:
        json.dump({label: sorted(codes) for label, codes in statuses.items()}, file)
