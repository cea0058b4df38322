"""Home, subjects, casebook page, and the small switches of the frame."""
