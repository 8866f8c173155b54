# Requests that no client of good faith sends. Each is refused in the specification's form, at once, and without effect.

LONG_NAME=$(head -c 10240 /dev/zero | tr '\0' a)
HEX=$(printf 'f%.0s' {1..64})

# METHOD STATUS PATH [HEADER]; a path is sent as it is written.
nonsense() {
    cat <<REQUESTS
GET 4.. /v2/../../etc/passwd
GET 4.. /v2/library/../../../etc/passwd/manifests/1
GET 4.. /v2/library/app/blobs/../../../../etc/passwd
GET 4.. /v2/docker.io/../registry.local_5000/app/manifests/1
GET 4.. /v2/library%2fapp%2f..%2f..%2fx/manifests/1
GET 4.. /v2/%2e%2e/%2e%2e/etc/manifests/1
GET 4.. /v2/library%00/app/manifests/1
GET 4.. /v2/library/app/manifests/%00
GET 4.. /v2/library/app/manifests/%zz
GET 4.. /v2/library/app/manifests/%
GET 4.. /v2/library/app/manifests/..
GET 4.. /v2/library/app/manifests/.hidden
GET 4.. /v2/library/app/manifests/
GET 4.. /v2/library/app/manifests/a/b
GET 4.. /v2/library//app/manifests/1
GET 4.. /v2//manifests/1
GET 4.. /v2/LIBRARY/App/manifests/1
GET 4.. /v2/library/-app/manifests/1
GET 4.. /v2/library/app__/manifests/1
GET 4.. /v2/library/a___b/manifests/1
GET 4.. /v2/$LONG_NAME/manifests/1
GET 4.. /v2/library/${LONG_NAME:0:300}/manifests/1
GET 4.. /v2/library/app/manifests/${LONG_NAME:0:129}
GET 4.. /v2/library/app/blobs/sha256:
GET 4.. /v2/library/app/blobs/sha256:abc
GET 4.. /v2/library/app/blobs/sha256:${HEX^^}
GET 4.. /v2/library/app/blobs/sha256:${HEX}f
GET 4.. /v2/library/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e
GET 4.. /v2/library/app/blobs/sha512:$HEX
GET 4.. /v2/library/app/blobs/latest
GET 4.. /v2/library/app/manifests/sha256:xyz
GET 4.. /v2/library/app/tags/list?n=-1
GET 4.. /v2/library/app/tags/list?n=many
GET 4.. /v2/library/app/unknown
GET 4.. /v2/library/app
GET 404 /v2/library/app/manifests/1?ns=unknown.example.com
GET 404 /v2/library/app/manifests/1?ns=127.0.0.1:1
GET 404 /v2/library/app/manifests/1?ns=http://127.0.0.1:1/
GET 404 /v2/library/app/manifests/1?ns=%00
GET 404 /v2/library/app/manifests/1?ns=../docker.io
GET 404 /v2/unknown.example.com/library/app/manifests/1
GET 404 /v2/localhost_5000/library/app/manifests/1?ns=localhost:5000
HEAD 404 /v2/unknown.example.com/library/app/manifests/1
POST 405 /v2/library/app/blobs/uploads/
PUT 405 /v2/library/app/manifests/1
PATCH 405 /v2/library/app/blobs/uploads/some-id
DELETE 405 /v2/library/app/manifests/1
DELETE 405 /v2/library/app/blobs/sha256:$HEX
GET 416 /v2/library/faults/blobs/${BLOBS[0]} Range: bytes=99999999-
GET 416 /v2/library/faults/blobs/${BLOBS[0]} Range: bytes=-0
REQUESTS
}

# Every request of the list, every failure told; the first pass only warms up.
nonsense_is_answered() {
    local failures=0 method status path header
    serves "${BLOBS[0]}"
    nonsense | send_all >/dev/null
    nonsense | while read -r method status path header; do
        is_answered "$method" "$status" "$path" "$header" || echo "$method ${path:0:100} $header: $answer $(head -c 300 "$W/answer")"
    done >"$W/unanswered"
    cat "$W/unanswered"
    [ ! -s "$W/unanswered" ]
}

# A right answer that is late may be given twice more: the next one is in time, unless what is asked for takes time.
is_answered() {
    local method=$1 status=$2 path=$3 header=$4 try
    for try in 1 2 3; do
        answer=$(send "$method" "$path" "$header")
        right_answer "$method" "$status" "$answer" || return 1
        ! in_time "$answer" || return 0
    done
    return 1
}

send_all() {
    local method status path header
    while read -r method status path header; do
        send "$method" "$path" "$header"
    done
}

# Prints "STATUS MILLISECONDS"; the body goes to a file.
send() {
    local options=(-X "$1")
    [ "$1" != HEAD ] || options=(-I)
    : >"$W/answer"
    curl -s --path-as-is --globoff --max-time 5 -o "$W/answer" -w '%{http_code} %{time_total}\n' "${options[@]}" \
        ${3:+-H "$3"} "$MIRROR$2" | awk '{print $1, int($2 * 1000)}'
}

right_answer() {
    local method=$1 status=$2
    [[ ${3% *} =~ ^$status$ ]] || return 1
    [ "$method" = HEAD ] || jq -e '.errors[0].code | test("^[A-Z_]+$")' "$W/answer" >/dev/null 2>&1
}

in_time() {
    ((${1#* } < 100))
}

nonsense_changes_nothing() {
    find "$DATA" | sort >"$W/before"
    cp "$W/logs/upstream-requests" "$W/requests-before"
    nonsense | send_all >/dev/null
    find "$DATA" | sort >"$W/after"
    diff "$W/before" "$W/after"
    diff "$W/requests-before" "$W/logs/upstream-requests"
}

nonsense_does_not_flood() {
    local before after
    before=$(lines_of mirror)
    curl -s --path-as-is -o /dev/null "$MIRROR/v2/library/app/blobs/sha256:[1-500]" \
        "$MIRROR/v2/..%2f[1-250]/manifests/1" "$MIRROR/v2/library/app/manifests/1?ns=unknown[1-250].example.com"
    after=$(lines_of mirror)
    echo "$((after - before)) lines more"
    ((after - before <= 1000))
    ! tail -n "+$((before + 1))" "$W/logs/mirror" | grep -E '^\s+at |Exception|^Caused by'
}
