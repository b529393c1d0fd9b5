"""The built-in provider: works without a key, a network or a model. See `provider.BuiltIn`."""
