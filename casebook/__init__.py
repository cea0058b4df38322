"""The casebook: subjects, visits, forms and what is said about them. Knows nothing of eligibility or arms."""
