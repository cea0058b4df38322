"""Records what log-in does: the only signals of the project, because allauth has no other way to tell."""
