# Images of real files, made by hand so that every byte is known, and pushed with curl alone.
# Everything made is kept under its digest in $W/content, for comparison; DIGESTS maps NAME to a manifest's digest.

OCI=application/vnd.oci.image
DOCKER=application/vnd.docker
declare -A DIGESTS=()
mkdir "$W/content"

# keep FILE: moves a file to its digest's place, and prints the digest.
keep() {
    local hex
    hex=$(sha256sum <"$1" | cut -d' ' -f1)
    mv "$1" "$W/content/$hex"
    echo "sha256:$hex"
}

content() {
    echo "$W/content/${1#sha256:}"
}

descriptor() {
    local media_type=$1 digest=$2
    jq -nc --arg t "$media_type" --arg d "$digest" --argjson s "$(stat -c %s "$(content "$digest")")" \
        '{mediaType: $t, size: $s, digest: $d}'
}

# layer PATH…: the files of this machine as a layer; prints "DIFF_ID DIGEST".
layer() {
    local tar=$W/layer.tar diff_id
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --dereference --hard-dereference \
        --absolute-names --transform='s,^/,,' --file="$tar" "$@"
    diff_id=sha256:$(sha256sum <"$tar" | cut -d' ' -f1)
    gzip -n -1 "$tar"
    echo "$diff_id $(keep "$tar.gz")"
}

# image docker|oci ARCHITECTURE LAYER…: prints the digest of the manifest.
image() {
    local kind=$1 architecture=$2 manifest_type config_type layer_type config layers='[]' layer
    shift 2
    case $kind in
        docker)
            manifest_type=$DOCKER.distribution.manifest.v2+json
            config_type=$DOCKER.container.image.v1+json
            layer_type=$DOCKER.image.rootfs.diff.tar.gzip ;;
        oci)
            manifest_type=$OCI.manifest.v1+json
            config_type=$OCI.config.v1+json
            layer_type=$OCI.layer.v1.tar+gzip ;;
    esac
    jq -n --arg a "$architecture" '{architecture: $a, os: "linux", config: {Cmd: ["/bin/sh"]},
        rootfs: {type: "layers", diff_ids: ($ARGS.positional | map(split(" ")[0]))}}' --args "$@" >"$W/config"
    config=$(descriptor "$config_type" "$(keep "$W/config")")
    for layer in "$@"; do
        layers=$(jq -c --argjson l "$(descriptor "$layer_type" "${layer#* }")" '. + [$l]' <<<"$layers")
    done
    manifest "$manifest_type" "$config" "$layers"
}

# Indented and with a last newline, so that whoever writes it anew is found out.
manifest() {
    jq -n --arg t "$1" --argjson c "$2" --argjson l "$3" \
        '{schemaVersion: 2, mediaType: $t, config: $c, layers: $l}' >"$W/manifest"
    keep "$W/manifest"
}

# index ARCHITECTURE DIGEST …: of OCI images.
index() {
    local children='[]'
    while (($# > 0)); do
        children=$(jq -c --arg a "$1" --argjson m "$(descriptor "$OCI.manifest.v1+json" "$2")" \
            '. + [$m + {platform: {architecture: $a, os: "linux"}}]' <<<"$children")
        shift 2
    done
    jq -n --arg t "$OCI.index.v1+json" --argjson m "$children" \
        '{schemaVersion: 2, mediaType: $t, manifests: $m}' >"$W/index"
    keep "$W/index"
}

# artifact FILE: something that is no image at all.
artifact() {
    cp "$1" "$W/artifact"
    printf '{}' >"$W/config"
    manifest "$OCI.manifest.v1+json" \
        "$(descriptor application/vnd.example.licence.config.v1+json "$(keep "$W/config")")" \
        "[$(descriptor text/plain "$(keep "$W/artifact")")]"
}

# Digests of the parts of a manifest: an index's manifests, or an image's config and layers.
parts() {
    jq -r '.manifests[]?.digest, .config.digest?, .layers[]?.digest | values' "$(content "$1")"
}

# Every digest that can be reached from a manifest, itself included.
tree() {
    local part
    echo "$1"
    for part in $(parts "$1"); do
        if jq -e '.manifests' "$(content "$1")" >/dev/null; then
            tree "$part"
        else
            echo "$part"
        fi
    done
}

# publish BASE_URL REPOSITORY REFERENCE DIGEST: parts first, as a registry demands.
publish() {
    local url=$1/v2/$2 reference=$3 digest=$4 part media_type
    media_type=$(jq -r .mediaType "$(content "$digest")")
    for part in $(parts "$digest"); do
        if [[ $media_type == *index* ]]; then
            publish "$1" "$2" "$part" "$part"
        else
            push_blob "$url" "$part"
        fi
    done
    curl -fsS -T "$(content "$digest")" -H "Content-Type: $media_type" "$url/manifests/$reference"
}

push_blob() {
    local url=$1 digest=$2 location
    location=$(curl -fsS -X POST -D - -o /dev/null "$url/blobs/uploads/" | tr -d '\r' | awk 'tolower($1) == "location:" {print $2}')
    curl -fsS -T "$(content "$digest")" -H 'Content-Type: application/octet-stream' "$location&digest=$digest"
}

# The images of the suite. The binaries of dockerd make a layer of several fill segments.
make_images() {
    local licences shells tools certificates
    licences=$(layer /usr/share/doc/*/copyright)
    shells=$(layer /bin/bash /bin/sh /usr/bin/tar /usr/bin/gzip /lib64/ld-linux-*.so.* 2>/dev/null || layer /bin/bash /bin/sh)
    tools=$(layer /usr/sbin/dockerd)
    certificates=$(layer /usr/share/ca-certificates)

    DIGESTS[app]=$(image docker amd64 "$licences" "$shells" "$tools")
    DIGESTS[oci]=$(image oci amd64 "$shells" "$certificates")
    DIGESTS[amd64]=$(image oci amd64 "$certificates" "$licences")
    DIGESTS[arm64]=$(image oci arm64 "$licences" "$certificates")
    DIGESTS[multi]=$(index amd64 "${DIGESTS[amd64]}" arm64 "${DIGESTS[arm64]}")
    DIGESTS[licence]=$(artifact "$CHECKOUT/LICENSE")
    DIGESTS[nested]=$(image oci amd64 "$certificates" "$shells" "$licences")
}
