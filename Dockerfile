# The product alone: no tests, no demonstration, no development requirements, not as root.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/production.txt /requirements.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --require-hashes --requirement /requirements.txt \
 && /venv/bin/python -m compileall -q /venv

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=trial_edc.settings
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home edc && mkdir /seals && chown edc /seals
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY protocol/ protocol/
COPY paper/ paper/
COPY audit/ audit/
COPY accounts/ accounts/
COPY outbox/ outbox/
COPY casebook/ casebook/
COPY eligibility/ eligibility/
COPY randomization/ randomization/
COPY followup/ followup/
COPY outcomes/ outcomes/
COPY api/ api/
COPY exports/ exports/
COPY reports/ reports/
COPY desk/ desk/
COPY trial_edc/ trial_edc/
COPY templates/ templates/
COPY static/ static/
COPY locale/ locale/
# Settings are asked for even to collect files; these hold for this one command and connect to nothing.
RUN EDC_ENVIRONMENT=production SECRET_KEY=collecting DATABASE_URL=postgres://none:none@localhost/none \
    REDIS_URL=redis://localhost SITE_HOSTS=localhost SITE_ADDRESS=https://localhost EMAIL_URL=smtp://localhost \
    python manage.py collectstatic --noinput --verbosity 0
USER edc
EXPOSE 8000
CMD ["gunicorn", "trial_edc.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
