"""The JSON face: reads what the person behind the token may read."""
