"""One parser for addresses of model servers, used for the environment and the settings."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

# What people paste: the address of one request instead of the address of the API.
REQUEST_PATHS = (
    "/chat/completions",
    "/images/generations",
    "/completions",
    "/embeddings",
    "/responses",
    "/messages",
    "/models",
)
AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
DEPLOYMENTS = "/openai/deployments/"
DEFAULT_AZURE_VERSION = "2024-10-21"
# Where the OpenAI protocol lies on hosts that do not serve it below /v1.
HOST_PATHS = {
    "generativelanguage.googleapis.com": "/v1beta/openai",
    "openrouter.ai": "/api/v1",
    "api.groq.com": "/openai/v1",
}
BARE_PATHS = ("", "/api", "/openai", "/v1beta")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The address of an API; `api_version` is set only for Azure's deployment addresses."""

    base_url: str
    api_version: str = ""

    @property
    def is_azure_deployment(self) -> bool:
        """Return whether it is an Azure deployment, whose key has its own header."""
        return bool(self.api_version)


def parse_server_url(url: str) -> ServerUrl:
    """Return the API address of a model server from any part of it that was pasted.

    A host without a path gets the path that its vendor documents, or `/v1`. Query and fragment are
    dropped, except the `api-version` of an Azure deployment.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ServerUrl(url)  # what is no address is refused where it is checked
    if not parts.netloc:
        return ServerUrl(url)
    host, path = (parts.hostname or "").lower(), parts.path.rstrip("/")
    for ending in REQUEST_PATHS:
        if path.endswith(ending):
            path = path.removesuffix(ending).rstrip("/")
            break
    is_azure = host.endswith(AZURE_HOSTS)
    version = (parse_qs(parts.query).get("api-version") or [""])[0]
    if DEPLOYMENTS in f"{path}/":
        version = version or DEFAULT_AZURE_VERSION
    elif is_azure and path in BARE_PATHS:
        path, version = "/openai/v1", ""
    else:
        version = ""
        path = HOST_PATHS.get(host, "/v1") if path in _bare_paths(host) else path
    return ServerUrl(urlunsplit((parts.scheme, parts.netloc, path, "", "")), version)


def _bare_paths(host: str) -> tuple[str, ...]:
    """Return the paths of a host that do not lead to an API of this protocol."""
    return BARE_PATHS if host in HOST_PATHS or "." not in host else ("",)
