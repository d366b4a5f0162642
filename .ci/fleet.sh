# Part of `.ci/run`: three instances of the example service, a Prometheus and an Alertmanager on
# loopback. One instance leaks: the alert arrives with the instance and the site, and the fleet page
# of another instance names the first instance of the leak.

fleet() {
  local made=target/fleet prometheus=127.0.0.1:17821 alertmanager=127.0.0.1:17822
  local shops=(127.0.0.1:17811 127.0.0.1:17812 127.0.0.1:17813) number course
  rm -rf "$made"
  mkdir -p "$made"
  cargo build --quiet --example service
  for number in 1 2 3; do
    course=--calm
    [ "$number" -ne 2 ] || course=--leak
    MEMOPT_FLEET="http://$prometheus" target/debug/examples/service --seconds 400 "$course" \
      --addr "${shops[number - 1]}" >"$made/shop-$number.txt" 2>&1 &
    started+=($!)
  done
  # The rules as they are, but for the time that an alert waits.
  sed 's/for: .*/for: 2s/' deploy/prometheus/memopt.rules.yml >"$made/memopt.rules.yml"
  {
    printf 'global: {scrape_interval: 1s, evaluation_interval: 1s}\n'
    printf 'rule_files: [memopt.rules.yml]\n'
    printf 'alerting: {alertmanagers: [{static_configs: [{targets: ["%s"]}]}]}\n' "$alertmanager"
    printf 'scrape_configs:\n  - job_name: memopt\n    static_configs:\n'
    for number in 1 2 3; do
      printf '      - targets: ["%s"]\n' "${shops[number - 1]}"
      printf '        labels: {service: shop, instance: shop-%s, version: "2.%s"}\n' \
        "$number" $((number / 2))
    done
  } >"$made/prometheus.yml"
  printf 'route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n' \
    >"$made/alertmanager.yml"
  prometheus --config.file="$made/prometheus.yml" --storage.tsdb.path="$made/data" \
    --web.listen-address="$prometheus" >"$made/prometheus.txt" 2>&1 &
  started+=($!)
  prometheus-alertmanager --config.file="$made/alertmanager.yml" --storage.path="$made/am" \
    --web.listen-address="$alertmanager" --cluster.listen-address= \
    >"$made/alertmanager.txt" 2>&1 &
  started+=($!)
  SECONDS=0
  while [ "$SECONDS" -lt 360 ]; do
    sleep 1
    curl -fsS "http://$alertmanager/api/v2/alerts" >"$made/alerts.json" 2>/dev/null || continue
    curl -fsS "http://${shops[2]}/api/v1/fleet" >"$made/fleet.json" 2>/dev/null || continue
    fleet_is_told "$made" && break
  done
  if ! fleet_is_told "$made"; then
    cat "$made"/{fleet,alerts}.json
    echo "nobody told of the leak, or told of another" >&2
    return 1
  fi
  printf 'told after %s s: ' "$SECONDS"
  grep -o '"first":{[^}]*}' "$made/fleet.json"
  # Each address of the page fares well. Where the machine has much to do, a scrape or an answer may
  # have come late, which is told for a few seconds.
  until fleet_is_well "$made"; do
    [ "$SECONDS" -lt 380 ] || { cat "$made/fleet.json"; return 1; }
    sleep 1
    curl -fsS "http://${shops[2]}/api/v1/fleet" >"$made/fleet.json" 2>/dev/null || true
  done
  # No other instance is said to leak. (Joined by `&&`: in a function whose outcome is asked for,
  # nothing else ends it.)
  ! grep -Eq '"instance":"shop-[13]"[^}]*"site"' "$made/alerts.json" \
    && curl -fsS "http://${shops[0]}/api/v1/fleet/instances?sort=leaking&limit=1" \
    | grep -q '"instance":"shop-2","version":"2.1"'
}
fleet_is_well() {
  grep -q '"total":3,"down":0,"leaking":1,' "$1/fleet.json" \
    && ! grep -q '"error":"' "$1/fleet.json"
}
# Whether both name the instance and the site.
fleet_is_told() {
  grep -Eq '"alertname":"MemoptSiteLeaks"[^}]*"instance":"shop-2"[^}]*"site":"[^"]*store"' \
    "$1/alerts.json" \
    && grep -Eq '"site":"[^"]*store"[^{]*"first":\{"instance":"shop-2","version":"2.1"' \
      "$1/fleet.json"
}
fleets() {
  if ! have_package prometheus prometheus \
    || ! have_package prometheus-alertmanager prometheus-alertmanager; then
    leave_out "Prometheus or Alertmanager cannot be installed, no fleet is watched by them"
    return 0
  fi
  local started=() outcome=0
  fleet || outcome=$?
  kill "${started[@]}" 2>/dev/null || true
  wait "${started[@]}" 2>/dev/null || true
  return "$outcome"
}
