"""Presets for common model servers: their address, models, and whether a key is needed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of model server; `base_url` contains NAME if each customer has an own address.

    `chat_model`, `image_model` and `embedding_model` are suggestions, empty if the server's own
    list decides. `note` is a sentence for the page, `key_page` the address where a key is created.
    """

    key: str
    label: str
    base_url: str
    needs_key: bool = True
    chat_model: str = ""
    image_model: str = ""
    embedding_model: str = ""
    note: str = ""
    key_page: str = ""


PRESETS = (
    Preset(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        chat_model="gpt-5-mini",
        image_model="gpt-image-1",
        embedding_model="text-embedding-3-small",
        key_page="https://platform.openai.com/api-keys",
    ),
    Preset(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com/v1",
        chat_model="claude-sonnet-4-5",
        key_page="https://console.anthropic.com/settings/keys",
    ),
    Preset(
        "gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        chat_model="gemini-2.5-flash",
        embedding_model="gemini-embedding-001",
        key_page="https://aistudio.google.com/apikey",
    ),
    Preset(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        chat_model="mistral-medium-latest",
        embedding_model="mistral-embed",
        key_page="https://console.mistral.ai/api-keys",
    ),
    Preset("deepseek", "DeepSeek", "https://api.deepseek.com/v1", chat_model="deepseek-chat"),
    Preset("xai", "xAI", "https://api.x.ai/v1", chat_model="grok-4"),
    Preset(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        key_page="https://openrouter.ai/settings/keys",
    ),
    Preset(
        "azure",
        "Azure OpenAI",
        "https://NAME.openai.azure.com/openai/v1",
        note="Replace NAME by that of your resource; the model is the name of your deployment.",
    ),
    Preset("groq", "Groq", "https://api.groq.com/openai/v1"),
    Preset("ollama", "Ollama", "http://localhost:11434/v1", needs_key=False),
    Preset("lmstudio", "LM Studio", "http://localhost:1234/v1", needs_key=False),
    Preset("llamacpp", "llama.cpp", "http://localhost:8080/v1", needs_key=False),
    Preset("vllm", "vLLM", "http://localhost:8000/v1", needs_key=False),
)


def find_preset(key: str) -> Preset | None:
    """Return the preset of a key, None for an unknown one."""
    return next((preset for preset in PRESETS if preset.key == key), None)


# those that most people use, in the order of the page that connects one
COMMON = ("openai", "anthropic", "gemini", "openrouter", "mistral", "ollama", "lmstudio")
