#!/bin/sh
# Chooses versions anew. The lock files hold names, versions and hashes only, never where they come from.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/pip install --quiet --disable-pip-version-check uv
compile() {
  .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}
compile --extra dev --extra build --output-file requirements/dev.lock
compile --extra build --constraint requirements/dev.lock --output-file requirements/run.lock
sed -i '1i # Names, versions and hashes only. Made by `make lock`.' requirements/run.lock requirements/dev.lock
