"""The built-in provider: answers without a key, a network or a model. See `provider.BuiltIn`."""
