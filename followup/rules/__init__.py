"""Rules of follow-up: asked by the button, the door and the API."""
