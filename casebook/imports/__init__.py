"""A file of rows becomes forms: read whole, saved through the same door as typing, all of it or nothing."""
