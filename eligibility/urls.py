"""The addresses of eligibility."""

from django.urls import path

from eligibility.views import board, candidate, candidate_papers, screening, second_readings

urlpatterns = [
    path("eligibility/", board.board, name="eligibility-board"),
    path("eligibility/board.csv", board.board_csv, name="eligibility-board-csv"),
    path("eligibility/board.pdf", board.board_pdf, name="eligibility-board-pdf"),
    path("eligibility/second-readings/", second_readings.second_readings, name="second-readings"),
    path("eligibility/second-readings.csv", second_readings.second_readings_csv, name="second-readings-csv"),
    path("eligibility/<uuid:subject_id>/", candidate.candidate, name="candidate"),
    path("eligibility/<uuid:subject_id>.csv", candidate_papers.candidate_csv, name="candidate-csv"),
    path("eligibility/<uuid:subject_id>.pdf", candidate_papers.candidate_pdf, name="candidate-pdf"),
    path("eligibility/<uuid:subject_id>/response/", candidate.response_confirm, name="response-confirm"),
    path("eligibility/<uuid:subject_id>/review/", candidate.review_resolve, name="review-resolve"),
    path("eligibility/<uuid:subject_id>/determination/", candidate.determination_sign, name="determination-sign"),
    path(
        "eligibility/<uuid:subject_id>/determinations/",
        candidate_papers.determinations_kept,
        name="determinations-kept",
    ),
    path("eligibility/<uuid:subject_id>/revocation/", candidate.determination_revoke, name="determination-revoke"),
    path("eligibility/<uuid:subject_id>/screen-failure/", candidate.screen_failure, name="screen-failure"),
    path("screening-log/", screening.screening, name="screening-log"),
    path("screening-log/screening-log.csv", screening.screening_csv, name="screening-log-csv"),
    path("screening-log/add/", screening.line_add, name="screening-add"),
    path("screening-log/weeks/", screening.weeks_confirm, name="screening-weeks"),
    path("screening-log/<uuid:line_id>/", screening.line_page, name="screening-line"),
]
