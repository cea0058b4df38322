"""Home, subjects, casebook page, queries, and the small switches of the frame."""
