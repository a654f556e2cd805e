#!/usr/bin/env bash
# Builds the image where there is neither a Docker engine nor a container registry: a base of Debian's own
# packages, then the Dockerfile as it stands, with buildah in a chroot. Needs root (the base's file owners).
#
#     deploy/image/build.sh [tag]          default tag: trivsel:local
#
# BASE=some/image uses that base instead. For a network of one's own, CA_BUNDLE=file gives its certificate
# authorities, PIP_CONF=file and NPM_CONF=file say where packages come from; none of them stays in the image.
set -euo pipefail
cd "$(dirname "$0")/../.."

tag=${1:-trivsel:local}
suite=bookworm
local_base=localhost/trivsel-base:$suite

if [ "$(id -u)" != 0 ]; then
    echo "The base image holds files of several owners, so this needs root: sudo $0" >&2
    exit 1
fi
missing=()
command -v buildah >/dev/null || missing+=(buildah)
[ -n "${BASE:-}" ] || command -v debootstrap >/dev/null || missing+=(debootstrap)
if [ ${#missing[@]} -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
fi

# vfs and chroot work everywhere, also inside a container.
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}

make_base() {
    local folder container
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    echo "Making the base image of Debian $suite ..." >&2
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates,tzdata "$suite" "$folder" >&2
    rm -rf "$folder"/var/cache/apt/* "$folder"/var/lib/apt/lists/* "$folder"/dev
    mkdir "$folder/dev"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$folder" / >/dev/null
    buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env LANG=C.UTF-8 "$container"
    buildah commit --quiet --rm "$container" "$local_base" >/dev/null
}

base=${BASE:-}
if [ -z "$base" ]; then
    buildah inspect --type image "$local_base" >/dev/null 2>&1 || make_base
    base=$local_base
fi

options=(--build-arg "BASE=$base" --format docker --tag "$tag" --layers=false)
bundle=/etc/ssl/certs/ca-certificates.crt
settings=$(mktemp -d)
trap 'rm -rf "$settings"' EXIT
if [ -n "${CA_BUNDLE:-}" ]; then
    options+=(--volume "$CA_BUNDLE:$bundle:ro")
    printf '[global]\ncert = %s\n' "$bundle" >"$settings/pip"
    printf 'cafile=%s\n' "$bundle" >"$settings/npm"
fi
PIP_CONF=${PIP_CONF:-$settings/pip}
NPM_CONF=${NPM_CONF:-$settings/npm}
[ ! -e "$PIP_CONF" ] || options+=(--secret "id=pip,src=$PIP_CONF")
[ ! -e "$NPM_CONF" ] || options+=(--secret "id=npm,src=$NPM_CONF")
buildah build "${options[@]}" .
echo "Built $tag. Try it: buildah from --name trivsel-try $tag && buildah run trivsel-try -- trivsel --help"
