#!/bin/bash
# Run once by the image's entrypoint, on an empty data folder: the databases and roles of the services.
set -euo pipefail
here=/etc/diabetics/postgres

for database in auth health_profile; do
  variables=(
    --set=database="$database" --set=owner="${database}_owner" --set=app="${database}_app"
    --set=owner_password="$(cat "/run/secrets/${database}_owner_password")"
    --set=app_password="$(cat "/run/secrets/${database}_app_password")"
  )
  psql --set=ON_ERROR_STOP=1 --no-psqlrc --quiet --dbname=postgres "${variables[@]}" --file="$here/service.sql"
  psql --set=ON_ERROR_STOP=1 --no-psqlrc --quiet --dbname="$database" "${variables[@]}" --file="$here/schema.sql"
done
