"""The data as JSON, their description, and the page on which people make tokens."""
