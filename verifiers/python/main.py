"""Serves GET /NAME for each verifier: 200 with user and role where the bearer token is accepted, 401 with the reason otherwise."""
import os

from flask import Flask, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple

import django_simplejwt
import flask_authlib
import flask_jwt_extended_app
import with_joserfc
import with_python_jose

root = Flask(__name__)


@root.get("/")
def ready():
    return "", 200


def show_user(verify):
    token = request.headers["Authorization"].removeprefix("Bearer ")
    try:
        claims = verify(token)
    except Exception as error:
        return str(error), 401
    return {"user": claims["sub"], "role": claims["role"]}


root.add_url_rule("/joserfc", "joserfc", lambda: show_user(with_joserfc.verify))
root.add_url_rule("/python-jose", "python-jose", lambda: show_user(with_python_jose.verify))
app = DispatcherMiddleware(root, {
    "/authlib": flask_authlib.app,
    "/flask-jwt-extended": flask_jwt_extended_app.app,
    "/simplejwt": django_simplejwt.app,
})
run_simple("127.0.0.1", int(os.environ["PORT"]), app, threaded=True)
