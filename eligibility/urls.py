"""The addresses of eligibility."""

from django.urls import path

from eligibility.views import board, candidate

urlpatterns = [
    path("eligibility/", board.board, name="eligibility-board"),
    path("eligibility/board.csv", board.board_csv, name="eligibility-board-csv"),
    path("eligibility/<uuid:subject_id>/", candidate.candidate, name="candidate"),
    path("eligibility/<uuid:subject_id>/response/", candidate.response_confirm, name="response-confirm"),
    path("eligibility/<uuid:subject_id>/review/", candidate.review_resolve, name="review-resolve"),
    path("eligibility/<uuid:subject_id>/determination/", candidate.determination_sign, name="determination-sign"),
    path("eligibility/<uuid:subject_id>/screen-failure/", candidate.screen_failure, name="screen-failure"),
]
