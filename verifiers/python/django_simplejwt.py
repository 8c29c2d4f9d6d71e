import os

import django
from django.conf import settings

ISSUER, AUDIENCE, ALGORITHM = (os.environ[name] for name in ("ISSUER", "AUDIENCE", "ALGORITHM"))

# begin docs/verifying.md
SIMPLE_JWT = {
    "ALGORITHM": ALGORITHM,
    "JWK_URL": f"{ISSUER}/.well-known/jwks.json",
    "ISSUER": ISSUER,
    "AUDIENCE": AUDIENCE,
    "LEEWAY": 5,
    "TOKEN_TYPE_CLAIM": None,  # tokens have no claim token_type
    "USER_ID_CLAIM": "sub",
}
REST_FRAMEWORK = {
    # The user is not in the database of this service.
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
# end docs/verifying.md

settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="not used, but wanted by Django", SIMPLE_JWT=SIMPLE_JWT,
    REST_FRAMEWORK=REST_FRAMEWORK, INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView


class Me(APIView):
    def get(self, request):
        return Response({"user": request.user.id, "role": request.auth["role"]})


urlpatterns = [path("", Me.as_view())]
app = get_wsgi_application()
