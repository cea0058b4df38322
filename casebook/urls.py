"""The addresses of the casebook's pages."""

from django.urls import path

from casebook.views import adding, codes, consents, entering, files, imports, items, queries, signing, typing

urlpatterns = [
    path("subjects/<uuid:subject_id>/forms/add/", adding.form_add, name="form-add"),
    path("forms/<uuid:form_id>/", entering.form_page, name="form"),
    path("forms/<uuid:form_id>/peek/", typing.peek, name="form-peek"),
    path("forms/<uuid:form_id>/draft/", typing.draft, name="form-draft"),
    path("forms/<uuid:form_id>/draft/discard/", typing.draft_discard, name="form-draft-discard"),
    path("forms/<uuid:form_id>/resume/", typing.resume, name="form-resume"),
    path("forms/<uuid:form_id>/not-done/", adding.form_not_done, name="form-not-done"),
    path("forms/<uuid:form_id>/files/add/", files.form_file_add, name="form-file-add"),
    path("subjects/<uuid:subject_id>/files/", files.subject_files, name="subject-files"),
    path("subjects/<uuid:subject_id>/files/add/", files.subject_file_add, name="subject-file-add"),
    path("files/<uuid:file_id>/", files.file_given, name="file"),
    path("files/<uuid:file_id>/withdraw/", files.file_withdraw, name="file-withdraw"),
    path("forms/<uuid:form_id>/sign/", signing.form_sign, name="form-sign"),
    path("sign/", signing.sign_forms, name="sign-forms"),
    path("forms/<uuid:form_id>/history/<path:path>/", items.history, name="item-history"),
    path("forms/<uuid:form_id>/queries/ask/<path:path>/", queries.ask, name="query-ask"),
    path("codes/<slug:name>/", codes.codes, name="codes"),
    path("queries/<uuid:query_id>/", queries.query_page, name="query"),
    path("queries/<uuid:query_id>/<slug:step>/", queries.query_step, name="query-step"),
    path("imports/", imports.imports, name="imports"),
    path("imports/prepare/", imports.import_prepare, name="import-prepare"),
    path("imports/<uuid:batch_id>/", imports.import_batch, name="import-batch"),
    path("imports/<uuid:batch_id>/release/", imports.import_release, name="import-release"),
    path("imports/<uuid:batch_id>/reject/", imports.import_reject, name="import-reject"),
    path("consent-forms/", consents.consents, name="consent-forms"),
    path("consent-forms/add/", consents.consent_add, name="consent-form-add"),
    path("consent-forms/re-consent.csv", consents.consents_csv, name="consent-forms-csv"),
]
