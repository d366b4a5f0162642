# Part of `.ci/run`: the example service answers the tools that people point at a server.

step "the server: an example service, its metrics by promtool, its profiles by pprof"
cargo build --quiet --example service
address=127.0.0.1:17791
served=target/served
mkdir -p "$served"
target/debug/examples/service --addr "$address" --seconds 300 >"$served/service.txt" 2>&1 &
service=$!
for _ in $(seq 400); do
  curl -fsS "http://$address/readyz" >/dev/null 2>&1 && break
  sleep 0.3
done
# What is asked for while another reading takes long is asked for again.
get() { curl -fsS --retry 10 --retry-delay 1 -H "Accept: $2" "http://$address/$1"; }
# Rates need two readings, profiles some samples.
sleep 5
get readyz '*/*' >/dev/null || { cat "$served/service.txt"; exit 1; }
get '' text/html | grep -q '<title>'
get api/v1/health application/json | grep -q '"pid"'
get openapi.json application/json >"$served/openapi.json"
get metrics text/plain >"$served/metrics.txt"
get metrics 'application/openmetrics-text; version=1.0.0' | tail -1 | grep -qx '# EOF'
if have_package promtool prometheus; then
  promtool check metrics <"$served/metrics.txt"
  promtool check config deploy/prometheus/prometheus.yml
  promtool test rules deploy/prometheus/memopt.rules.test.yml
else
  leave_out "promtool cannot be installed, the server's metrics are not checked by it"
fi
for profile in heap allocs goroutine block mutex; do
  get "debug/pprof/$profile" '*/*' >"$served/$profile.pb.gz"
  ! command -v go >/dev/null || go tool pprof -raw "$served/$profile.pb.gz" >/dev/null
done
# Whoever comes by another name is not answered.
other='Host: evil.example'
code=$(curl -s -o /dev/null -w '%{http_code}' -H "$other" "http://$address/api/v1/health")
[ "$code" = 421 ] || { echo "another host got $code" >&2; exit 1; }
kill "$service"
wait "$service" || true
