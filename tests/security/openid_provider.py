"""A small OpenID Connect provider made of Authlib's server parts, on a real socket."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "igny8-tests", "a secret of the tests / with ; signs %"


class Client(ClientMixin):
    """The one registered client; a PKCE challenge is required of it."""

    def get_client_id(self):
        return CLIENT_ID

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return urlsplit(redirect_uri).path == "/login/openid/callback"

    def check_client_secret(self, client_secret):
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was given out."""

    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: dict

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return None

    def get_acr(self):
        return None

    def get_amr(self):
        return None


@dataclass
class Provider:
    """`user` are the claims of who is signed in there; `forge` changes ID tokens before signing."""

    address: str = ""
    user: dict = field(default_factory=lambda: {"sub": "s-1", "preferred_username": "nina"})
    userinfo: dict = field(default_factory=dict)
    forge: dict = field(default_factory=dict)
    metadata: dict = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    signing_key: object = None
    algorithm: str = "RS256"
    codes: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)

    def describe(self) -> dict:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "end_session_endpoint": f"{self.address}/logout",
        } | self.metadata

    def encode(self, claims: dict) -> str:
        """Return an ID token, forged as the test says."""
        claims = {name: v for name, v in (claims | self.forge).items() if v is not None}
        header = {"alg": self.algorithm, "kid": "k1"}
        if self.algorithm == "HS256":
            return jwt.encode(header, claims, OctKey.import_key(CLIENT_SECRET), ["HS256"])
        return jwt.encode(header, claims, self.signing_key or self.key, [self.algorithm])


@contextmanager
def openid_provider():
    """Lend a provider that listens on a free port of this machine."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, make_app(provider), threaded=True)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()


def make_app(provider: Provider) -> Flask:
    """Return the provider's pages: it asks nobody for a password."""
    app = Flask("provider")
    client = Client()
    tokens: dict[str, dict] = {}

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code, request):
            data = request.payload.data
            provider.codes[code] = Code(
                request.payload.redirect_uri,
                request.payload.scope,
                data.get("nonce"),
                data.get("code_challenge"),
                data.get("code_challenge_method"),
                dict(provider.user),
            )

        def query_authorization_code(self, code, client):
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code):
            for code, known in list(provider.codes.items()):
                if known is authorization_code:
                    del provider.codes[code]

        def authenticate_user(self, authorization_code):
            return authorization_code.user

    class OpenId(OpenIDCode):
        def exists_nonce(self, nonce, request):
            return False

        def get_client_algorithm(self, client):
            return "RS256"

        def get_client_claims(self, client):
            return {"iss": provider.address, "aud": [CLIENT_ID]}

        def resolve_client_private_key(self, client):
            return provider.key

        def generate_user_info(self, user, scope):
            return UserInfo(user)

        def encode_id_token(self, token, request):
            signed = super().encode_id_token(token, request)
            return provider.encode(dict(jwt.decode(signed, provider.key).claims))

    def save_token(token, request):
        tokens[token["access_token"]] = request.user

    server = AuthorizationServer(app, lambda client_id: client, save_token)
    server.register_grant(Grant, [OpenId(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def metadata():
        return jsonify(provider.describe())

    @app.get("/authorize")
    def authorize():
        grant = server.get_consent_grant(end_user=provider.user)
        return server.create_authorization_response(grant_user=provider.user, grant=grant)

    @app.post("/token")
    def token():
        provider.requests.append(dict(request.headers))
        return server.create_token_response()

    @app.get("/keys")
    def keys():
        return jsonify({"keys": [provider.key.as_dict(private=False)]})

    @app.get("/userinfo")
    def userinfo():
        user = tokens[request.headers["Authorization"].removeprefix("Bearer ")]
        return jsonify({"sub": user["sub"]} | provider.userinfo)

    return app
