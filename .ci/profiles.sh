# Part of `.ci/run`: the tools that people open profiles with read ours, the golden one and one of a
# real run, with our totals.

golden=memopt-report/tests/golden
real=target/profiles
shown() { go tool pprof -unit=bytes "$@" 2>/dev/null; }

step "a profile of the quickstart, and its totals by our own JSON"
profiles=("$golden/heap.pb $golden/heap.dhat.json $golden/heap.totals.txt")
mkdir -p "$real"
# 64 MB leave some 20 in use, which are 40 samples.
if ! cargo run --quiet --release -p memopt-examples --example quickstart -- \
  --heap --bytes 64M --out "$real" >"$real/quickstart.txt" 2>"$real/errors.txt"; then
  cat "$real/errors.txt" >&2
  grep 'nothing to index' "$real/errors.txt" >/dev/null || exit 1
  leave_out "there are no sources here, tools read the golden profile alone and none of a real run"
elif have_package python3 python3; then
  python3 - "$real/quickstart.json" >"$real/totals.txt" <<'EOF'
import json, sys
paths = json.load(open(sys.argv[1]))["heap"]["call_paths"]
for name, part in ("alloc", "allocated"), ("inuse", "live"):
    for unit, figure in ("objects", "blocks"), ("space", "bytes"):
        print(f"{name}_{unit}", sum(path[part][figure] for path in paths))
EOF
  profiles+=("$real/quickstart.pb.gz $real/quickstart.dhat.json $real/totals.txt")
else
  leave_out "python3 cannot be installed, tools read the golden profile and none of a real run"
fi

step "pprof reads the profiles, with our totals"
if have_package go golang-go; then
  for files in "${profiles[@]}"; do
    read -r profile _ totals <<<"$files"
    while read -r quantity total; do
      found=$(shown -top -sample_index="$quantity" "$profile" \
        | sed -n 's/.*Total samples = \([0-9]*\).*/\1/p')
      if [ "$found" != "$total" ]; then
        echo "pprof -top shows $found for $quantity of $profile, it should be $total" >&2
        exit 1
      fi
      # The tree has the same total below its root, nodes that it drops as too small included.
      all="nodes accounting for ${total}\(B\|bytes\), 100% of ${total}\(B\|bytes\) total"
      shown -tree -nodefraction=0 -edgefraction=0 -nodecount=100000 \
        -sample_index="$quantity" "$profile" | grep "$all" >/dev/null \
        || { echo "pprof -tree does not show $total for $quantity of $profile" >&2; exit 1; }
    done <"$totals"
  done
  while read -r thread bytes; do
    shown -top -tagfocus="thread=^$thread\$" "$golden/heap.pb" \
      | grep "nodes accounting for ${bytes}B," >/dev/null \
      || { echo "pprof does not show $bytes in use by $thread" >&2; exit 1; }
  done <"$golden/heap.threads.txt"
  # Inlined calls are there, the allocator's frames are hidden.
  shown -top -sample_index=inuse_space "$golden/heap.pb" \
    | grep 'app::json::Parser::key (inline)' >/dev/null
  for files in "${profiles[@]}"; do
    read -r profile _ <<<"$files"
    if shown -top -sample_index=alloc_space "$profile" | grep '__rust_alloc' >/dev/null; then
      echo "pprof shows the allocator's frames in $profile" >&2
      exit 1
    fi
  done
else
  leave_out "go cannot be installed, no check that pprof reads the profiles"
fi

step "valgrind's viewer opens the DHAT files, with our totals"
viewer=
if have_package valgrind valgrind; then
  viewer=$(find /usr/libexec/valgrind /usr/lib -name dh_view.js -print -quit 2>/dev/null || true)
fi
if [ -n "$viewer" ] && have_package node nodejs; then
  for files in "${profiles[@]}"; do
    read -r _ dhat totals <<<"$files"
    node .ci/dh_view.mjs "$viewer" "$dhat" "$totals"
  done
else
  leave_out "node or valgrind cannot be installed, no check that the viewer opens DHAT files; the\
 schema test of \`exports\` ran"
fi
