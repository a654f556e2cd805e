#!/bin/bash
# Run once by the PostgreSQL image, on an empty volume: a database and a role for each service, and no way
# from one into another's.
set -euo pipefail

for name in registry assessment meetings notifications consent; do
    variable="${name^^}_DATABASE_PASSWORD"
    psql --set ON_ERROR_STOP=1 --set name="$name" --set password="${!variable:?}" --username "$POSTGRES_USER" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
done
