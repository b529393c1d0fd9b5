"""Settings pages of a site and of the installation."""
