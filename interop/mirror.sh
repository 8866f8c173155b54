# The mirror under test: ./longshore standalone, configured by $W/longshore.yml.

MIRROR_PORT=$(free_port)
OPS_PORT=$(free_port)
MIRROR=http://127.0.0.1:$MIRROR_PORT
DATA=$W/data

start_mirror() {
    spawn mirror "$CHECKOUT/longshore" standalone --config "$W/longshore.yml" --data "$DATA" \
        --listen "127.0.0.1:$MIRROR_PORT" --ops-listen "127.0.0.1:$OPS_PORT"
    ready mirror "http://127.0.0.1:$OPS_PORT/readyz" 30
}

# refuses WORD DIRECTORY LISTEN_PORT OPS_PORT: the start ends with exit code 1 and one line on stderr that has the word.
refuses() {
    local status=0
    timeout 30 "$CHECKOUT/longshore" standalone --config "$W/longshore.yml" --data "$2" \
        --listen "127.0.0.1:$3" --ops-listen "127.0.0.1:$4" 2>"$W/logs/refusal" || status=$?
    echo "exit code $status, and on stderr:"
    cat "$W/logs/refusal"
    [ "$status" = 1 ]
    [ "$(wc -l <"$W/logs/refusal")" = 1 ]
    grep -qF -- "$1" "$W/logs/refusal"
}

# The first run of a checkout builds it: not a part of any start-up that is waited for.
build_mirror() {
    env "${BUILD_ENVIRONMENT[@]}" "$CHECKOUT/longshore" --version >"$W/logs/build" 2>&1 || {
        show_log build >&2
        die "longshore could not be built"
    }
}
