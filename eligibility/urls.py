"""The addresses of eligibility."""

from django.urls import path

from eligibility import views

urlpatterns = [
    path("eligibility/", views.board, name="eligibility-board"),
    path("eligibility/board.csv", views.board_csv, name="eligibility-board-csv"),
    path("eligibility/<uuid:subject_id>/", views.candidate, name="candidate"),
]
