# skopeo and curl, with the upstream as the first component of the path: /v2/docker.io/library/app/…
# The same against Longshore and against a stock registry on Longshore's directory: both hold the same names.

# skopeo_copies AUTHORITY NAME DIGEST [OPTION…]: every byte that was copied is compared.
skopeo_copies() {
    local authority=$1 name=$2 digest=$3 each file
    shift 3
    rm -rf "$W/skopeo"
    skopeo copy --quiet --insecure-policy --src-tls-verify=false "$@" "docker://$authority/$name" "dir:$W/skopeo"
    cmp "$W/skopeo/manifest.json" "$(content "$digest")"
    for each in $(tree "$digest"); do
        file=$W/skopeo/${each#sha256:}
        [ -e "$file" ] || file=$file.manifest.json
        [ "$each" = "$digest" ] || cmp "$file" "$(content "$each")"
    done
}

# curl_gets AUTHORITY REPOSITORY REFERENCE DIGEST: a manifest, by GET and by HEAD.
curl_gets() {
    local url=http://$1/v2/$2/manifests/$3 digest=$4 accept
    accept="Accept: $(jq -r .mediaType "$(content "$digest")")"
    curl -fsS -H "$accept" -o "$W/curl" "$url"
    cmp "$W/curl" "$(content "$digest")"
    curl -fsS -H "$accept" -I "$url" | tr -d '\r' | tee /dev/stderr | grep -qix "docker-content-digest: $digest"
}

# check_skopeo AUTHORITY WORDS
check_skopeo() {
    local from=$1
    check "skopeo copies a Docker image by path ($2)" skopeo_copies "$from" docker.io/library/app:1 "${DIGESTS[app]}"
    check "skopeo copies an image by digest ($2)" \
        skopeo_copies "$from" "docker.io/library/app@${DIGESTS[app]}" "${DIGESTS[app]}"
    check "skopeo copies an OCI image by path ($2)" skopeo_copies "$from" docker.io/library/oci:1 "${DIGESTS[oci]}"
    check "skopeo copies all of an index by path ($2)" \
        skopeo_copies "$from" docker.io/library/multi:1 "${DIGESTS[multi]}" --all
    check "skopeo copies an OCI artifact by path ($2)" \
        skopeo_copies "$from" docker.io/org/team/licence:1 "${DIGESTS[licence]}"
    check "skopeo copies a nested repository from an upstream with a port ($2)" \
        skopeo_copies "$from" registry.local_5000/org/team/app:1 "${DIGESTS[nested]}"
    check "manifests are byte-exact by tag and by digest ($2)" check_manifests "$from"
}

check_manifests() {
    local name
    for name in app oci multi; do
        curl_gets "$1" "docker.io/library/$name" 1 "${DIGESTS[$name]}"
        curl_gets "$1" "docker.io/library/$name" "${DIGESTS[$name]}" "${DIGESTS[$name]}"
    done
    curl_gets "$1" docker.io/org/team/licence 1 "${DIGESTS[licence]}"
}
