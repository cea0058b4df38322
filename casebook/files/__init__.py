"""Files that a site brings: what they are by their bytes, and how they are written anew without what identifies."""
