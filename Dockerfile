# Two images that share their packages: `scanner` (the last stage, what `docker build .` makes) and
# `mocks`, the brokers to test against.

FROM python:3.12-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_PYTHON=/opt/venv/bin/python \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /packages
RUN python -m venv --without-pip /opt/venv
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock
# The driver of PostgreSQL is an extra, so its versions and hashes stand in the larger lock.
COPY requirements-dev.lock ./
RUN awk '/^[a-z]/ { wanted = /^psycopg/ } wanted' requirements-dev.lock > postgres.lock \
    && pip install --no-deps --require-hashes -r postgres.lock

FROM python:3.12-slim AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home --home-dir /srv/scanner scanner
WORKDIR /srv/scanner
COPY --from=packages /opt/venv /opt/venv
COPY docker/answers.py docker/works.py docker/

FROM base AS mocks
COPY tests tests
RUN python -m compileall -q tests && chmod -R a+rX .
USER 10001

FROM base AS scanner
COPY pyproject.toml README.md celeryconfig.py ./
COPY migrations migrations
COPY workers workers
COPY app app
# Without write access a container cannot keep what Python compiles, so it is done here; and a
# checkout's permissions may be for its owner alone.
RUN pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --no-build-isolation -e . \
    && python -m compileall -q . \
    && chmod -R a+rX .
USER 10001
CMD ["scanner", "--help"]
