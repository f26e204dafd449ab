#!/bin/bash
# Healthy when each service could log in to its own database: an interrupted first start leaves one without.
set -euo pipefail
for database in auth health_profile; do
  PGPASSWORD=$(cat "/run/secrets/${database}_app_password") psql --no-psqlrc --quiet --host=127.0.0.1 --username="${database}_app" --dbname="$database" --command='select 1' >/dev/null
done
