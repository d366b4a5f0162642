#!/usr/bin/env bash
# The page of the server: its types, its views in headless Chromium, axe-core, violations of the
# content security policy, and its size. Installs what it needs into target/tools and says loudly
# what it has to leave out. `PAGE_URL=http://127.0.0.1:7700/` looks at a running server too.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/target/tools
page=$PWD/memopt-server/page
missing=()
leave_out() {
  printf '\n!! LEFT OUT: %s\n' "$*"
  missing+=("$*")
}
install() {
  command -v "$1" >/dev/null && return 0
  command -v apt-get >/dev/null || return 1
  # One at a time: apt-get fails where another holds its locks.
  mkdir -p target
  flock -o target/packages.lock sh -c \
    'apt-get update && apt-get install -y --no-install-recommends "$1"' sh "$2" >/dev/null 2>&1 \
    && command -v "$1" >/dev/null
}
# A package of npm, without its scripts: nothing is fetched from elsewhere.
package() {
  [ -d "$tools/node_modules/${1%@*}" ] && return 0
  mkdir -p "$tools"
  [ -f "$tools/package.json" ] || echo '{"private":true}' > "$tools/package.json"
  npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent "$1" >/dev/null 2>&1
}

echo "== the page: at most 150 KiB, compressed"
bytes=0
while read -r file; do
  bytes=$((bytes + $(gzip -9 -c "$file" | wc -c)))
done < <(find "$page" -path "$page/tests" -prune -o -type f -print)
echo "$bytes bytes in all views together"
if [ "$bytes" -gt $((150 * 1024)) ]; then
  echo "the page is larger than 150 KiB: split a view, or load it later" >&2
  exit 1
fi

echo "== the page: nothing inline, nothing from elsewhere"
inline='<script>|<style|[[:space:]]style="|[[:space:]]on[a-z]+="|javascript:'
if grep -nE "$inline" "$page/index.html"; then
  echo "the content security policy forbids inline scripts and styles" >&2
  exit 1
fi
if grep -rnE '(src|href|import|from|fetch\()[^a-z]*https?://' "$page" --include=*.js \
  --include=*.css --include=*.html --exclude-dir=tests; then
  echo "the page works offline: it loads nothing from elsewhere" >&2
  exit 1
fi

if ! install node nodejs || ! install npm npm; then
  leave_out "the page's types and views: no node"
else
  echo "== the page: types"
  if package typescript@5; then
    "$tools/node_modules/.bin/tsc" -p "$page/tests/tsconfig.json"
  else
    leave_out "the page's types: no typescript"
  fi
  echo "== the page: views in Chromium"
  if ! install chromium chromium; then
    leave_out "the page's views: no chromium"
  elif ! package playwright-core || ! package axe-core; then
    leave_out "the page's views: no playwright-core or axe-core"
  else
    # What it takes is printed. On a machine that others use it is no verdict.
    export PAGE_SLACK=${PAGE_SLACK:-10} MEMOPT_TOOLS=$tools
    node --test --test-reporter=spec --test-concurrency=1 \
      "$page/tests/check.mjs"
  fi
fi
for what in "${missing[@]}"; do printf '!! LEFT OUT: %s\n' "$what"; done
