"""How schemathesis logs in, and which of its findings are none."""

import atexit
import json
import os
from collections import defaultdict

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import MissingHeaderNotRejected, RejectedPositiveData, UndefinedStatusCode

# The accounts that it may be, as e-mails. An admin may be shut out by its own requests, and is followed by the next.
ACCOUNTS = os.environ["ACCOUNTS"].split()
ADDRESS = os.environ["ADDRESS"]
PASSWORD = os.environ["PASSWORD"]
FEED_TOKEN = os.environ["FEED_TOKEN"]
STATUSES_FILE = os.environ["STATUSES_FILE"]
TIMEOUT_SECONDS = 10

statuses = defaultdict(set)

if ACCOUNTS:

    @schemathesis.auth(retry_on=[401]).apply_to(schemathesis.openapi.require_security_scheme("bearer"))
    class AccessToken:
        """Logs in again after a 401: the session may have been ended."""

        def get(self, case, context):
            for email in ACCOUNTS:
                body = {"email": email, "password": PASSWORD}
                response = requests.post(f"{ADDRESS}/auth/login", json=body, timeout=TIMEOUT_SECONDS)
                if response.status_code == 200:
                    return response.json()["access_token"]
            raise RuntimeError(f"no account can log in any more, the last is {response.status_code} {response.text}")

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
    # In a query, null is the text "null", which is a name that a role may have.
    (AcceptedNegativeData, "role: Incorrect type"),
    # An audit event without a user has the user_id null, and schemathesis asks for the user "None".
    (RejectedPositiveData, "/None"),
    # Which audiences there are is a setting, which the public document does not tell.
    (RejectedPositiveData, '"code":"invalid_target"'),
    (MissingHeaderNotRejected, '"code":"invalid_target"'),
    # Which capabilities there are is a setting, too.
    (RejectedPositiveData, '"path":"allow","message":"must be a capability that a role grants"'),
    # How many bytes custom claims may have as JSON, no schema can say.
    (RejectedPositiveData, '"path":"/claims","message":"must have at most'),
    # info.description says once for all operations that any address can be too long.
    (UndefinedStatusCode, "Received: 414"),
]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    text = f"{failure.message} {response.request.url} {response.text}"
    return not any(isinstance(failure, kind) and part in text for kind, part in MISJUDGED)


@schemathesis.hook
def after_call(context, case, response):
    # Some cases have another method than the operation, to see it refused.
    if response.request.method == case.operation.method.upper():
        statuses[case.operation.label].add(response.status_code)


@atexit.register
def write_statuses():
    with open(STATUSES_FILE, "w") as file:
        json.dump({label: sorted(codes) for label, codes in statuses.items()}, file)
