#!/usr/bin/env bash
# A Debian 13 with its RabbitMQ 4 in a folder, for tests on another broker than this machine's. Needs root.
#
#     deploy/local/debian13.sh folder
set -euo pipefail

folder=$1
[ -x "$folder/usr/lib/rabbitmq/bin/rabbitmq-server" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Another Debian's root is made and entered as root: sudo $0 $folder" >&2
    exit 1
fi
if ! command -v debootstrap >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet
    apt-get install --yes --quiet --no-install-recommends debootstrap
fi
echo "Making $folder: Debian 13 with RabbitMQ ..." >&2
rm -rf "$folder.part"
mkdir -p "$folder.part"
debootstrap --variant=minbase --include=rabbitmq-server trixie "$folder.part" >&2
rm -rf "$folder.part"/var/cache/apt/* "$folder"
mv "$folder.part" "$folder"
