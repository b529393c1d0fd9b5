"""One parser for the address of a model server, for the environment and the settings pages alike."""

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
    """`base_url` without a slash at its end; `api_version` only for Azure's deployment addresses."""

    base_url: str
    api_version: str = ""

    @property
    def is_azure_deployment(self) -> bool:
        """Return whether the address is one of a single Azure deployment, with a key of its own header."""
        return bool(self.api_version)


def parse_server_url(url: str) -> ServerUrl:
    """Return where a model server's API lies, whatever part of its address was pasted.

    A bare host gets the path that its vendor documents, `/v1` where nothing else is known. Query and
    fragment are dropped, but for the `api-version` of an Azure deployment.
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
    """Return the paths of a host below which no API of this protocol lies."""
    return BARE_PATHS if host in HOST_PATHS or "." not in host else ("",)
