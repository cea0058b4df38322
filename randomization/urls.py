"""The addresses of randomization."""

from django.urls import path

from randomization.views import allocation, board, lists, randomizing

urlpatterns = [
    path("randomization/", board.randomization, name="randomization"),
    path("randomization/lists/", lists.allocation_lists, name="allocation-lists"),
    path("randomization/lists/make/", lists.list_make, name="list-make"),
    path("randomization/lists/end/", lists.list_end, name="list-end"),
    path("randomization/lists/ask/", lists.list_ask, name="list-ask"),
    path("randomization/lists/open/", lists.list_open, name="list-open"),
    path("randomization/<uuid:subject_id>/", randomizing.randomize, name="randomize"),
    path("randomization/<uuid:subject_id>/arm/", allocation.allocation, name="allocation"),
    path("randomization/<uuid:subject_id>/certificate.pdf", allocation.certificate, name="allocation-certificate"),
]
