#!/usr/bin/env bash
# Writes .env for docker-compose.yml: fresh random secrets, readable by you alone. What is in .env already
# stays as it is, so it may be run again when a later version needs one more.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 077
touch .env
chmod 600 .env

has() { grep -q "^$1=" .env; }

for name in RABBITMQ_PASSWORD POSTGRES_PASSWORD REGISTRY_DATABASE_PASSWORD ASSESSMENT_DATABASE_PASSWORD \
            MEETINGS_DATABASE_PASSWORD NOTIFICATIONS_DATABASE_PASSWORD CONSENT_DATABASE_PASSWORD \
            ACTOR_TOKEN_KEY LINK_TOKEN_KEY CPR_KEY CONSENT_KEY; do
    # Hexadecimal, because the passwords stand in addresses. Losing CPR_KEY loses the sealed CPR numbers, losing
    # CONSENT_KEY the scanned papers.
    has "$name" || printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >>.env
done

missing=()
for name in MUNICIPALITY_CVR MUNICIPALITY_NAME PUBLIC_URL SMTP_URL MAIL_FROM OIDC_ISSUER OIDC_CLIENT_SECRET; do
    has "$name" || missing+=("$name")
done
echo "Secrets are in .env. Keep a copy of CPR_KEY and CONSENT_KEY in a safe place."
[ ${#missing[@]} = 0 ] || echo "Still to be set in .env: ${missing[*]}"
