"""Pages for administrators of the installation."""
