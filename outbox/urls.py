"""The addresses of the outbox."""

from django.urls import path

from outbox import views

urlpatterns = [
    path("mails/", views.mails, name="mails"),
    path("mails/again/", views.again, name="mails-again"),
    path("mailbox/", views.mailbox, name="mailbox"),
]
