"""Pages, pictures and PDFs for people: accrual, flow of subjects, survival."""
