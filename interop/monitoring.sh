# A Prometheus server that watches the cluster, and what it must find there.

MONITORING=$CHECKOUT/deploy/k8s/monitoring

# The metrics that docs/operate.md promises.
promised_metrics() {
    sed -n '/^## Metrics/,/^## /p' "$CHECKOUT/docs/operate.md" | grep -o '`longshore_[a-z0-9_]*`' | tr -d '`'
}

# Series of histograms have names of their own.
series_of() {
    case $1 in
        *_seconds) echo "$1_count" ;;
        *) echo "$1" ;;
    esac
}

ops_addresses() {
    cluster ops-address "${NODES[@]}" gateway-0 gateway-1
}

start_prometheus() {
    local port targets
    port=$(free_port)
    PROMETHEUS=http://127.0.0.1:$port
    targets=$(ops_addresses | sed 's/.*/"&"/' | paste -sd,)
    sed -n '/^spec:/,$p' "$MONITORING/rules.yaml" | sed '1d; s/^  //' >"$W/rules.yml"
    cat >"$W/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$W/rules.yml"]
scrape_configs:
  - job_name: longshore
    static_configs: [{targets: [$targets]}]
YAML
    spawn prometheus prometheus --config.file="$W/prometheus.yml" --storage.tsdb.path="$W/prometheus" \
        --web.listen-address="127.0.0.1:$port" --log.level=warn
    ready prometheus "$PROMETHEUS/-/ready" 30
}

# finds QUERY: prints the value of its first result; fails when there is none.
finds() {
    curl -fsS --get --data-urlencode "query=$1" "$PROMETHEUS/api/v1/query" | jq -er '.data.result[0].value[1] // empty'
}

# is VALUE QUERY
is() {
    [ "$(finds "$2")" = "$1" ] || { echo "$2 is $(finds "$2") and not $1"; return 1; }
}

# scraped_since SECONDS: everybody, at a time of the clock.
scraped_since() {
    finds "count(timestamp(longshore_info) > $1) == 5"
}

scrapes_are_clean() {
    local address
    for address in $(ops_addresses); do
        curl -fsS "http://$address/metrics" >"$W/metrics"
        promtool check metrics <"$W/metrics"
    done
}

rules_hold() {
    promtool check rules "$W/rules.yml"
    cp "$MONITORING/rules.test.yaml" "$W/rules.test.yaml"
    (cd "$W" && promtool test rules rules.test.yaml)
}

everything_promised_is_there() {
    local metric missing=0
    for metric in $(promised_metrics); do
        finds "count($(series_of "$metric"))" >/dev/null || { echo "$metric is not there"; missing=1; }
    done
    return $missing
}

# A query that names what nobody exposes finds nothing and fails nowhere: so the names are looked at.
dashboard_is_real() {
    local expression metric missing=0
    while read -r expression; do
        curl -fsS --get --data-urlencode "query=$expression" "$PROMETHEUS/api/v1/query" | jq -e '.status == "success"' >/dev/null ||
            { echo "no query: $expression"; missing=1; }
        for metric in $(grep -oE '\b(longshore|jvm|process)_[a-z0-9_]+' <<<"$expression"); do
            finds "count($metric)" >/dev/null || { echo "$metric is exposed by nobody"; missing=1; }
        done
    done < <(jq -r '.panels[].targets[].expr' "$MONITORING/dashboard.json" | grep -v longshore: |
        sed 's/\$__rate_interval/1m/g; s/\$instance/.*/g')
    return $missing
}

