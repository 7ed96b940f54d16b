#!/usr/bin/env bash
# Wall time of `wsdeep render` and `wsdeep validate` (own checks), whole processes, beside cfn-lint and
# `aws cloudformation package` on the same input: the largest golden settings file and what it renders to.
#   bench/render_bench.sh [FOLDER of the built wsdeep] [runs]
# Prints the median of the runs in milliseconds. The aim is 50 ms for each of ours. A foreign tool that is not
# installed is left out, by name; it is run three times, because it takes seconds. `aws cloudformation package` uploads
# to a server of this script's own that takes everything, so that no network is measured.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
bin="$(cd "${1:-$root/build/release/bin}" && pwd)"
runs="${2:-21}"
work="$(mktemp -d)"
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
cp "$root/tests/golden/stack/template/everything/wsdeep.yaml" .
environment="$(awk '/^environments:/ {getline; sub(/:.*/, ""); print $1; exit}' wsdeep.yaml)"

# measure NAME RUNS COMMAND…
measure() {
  local name="$1" count="$2" times=() start end
  shift 2
  for _ in $(seq "$count"); do
    start="$(date +%s%N)"
    "$@" >out.log 2>&1 || { echo "error: $name failed" >&2; cat out.log >&2; exit 1; }
    end="$(date +%s%N)"
    times+=("$(((end - start) / 1000))")
  done
  printf '%-52s %9.1f ms\n' "$name" \
    "$(printf '%s\n' "${times[@]}" | sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)] / 1000}')"
}

"$bin/wsdeep" render -e "$environment" >template.yaml
measure "wsdeep render" "$runs" "$bin/wsdeep" render -e "$environment"
measure "wsdeep render --format json" "$runs" "$bin/wsdeep" render -e "$environment" --format json
measure "wsdeep validate --no-lint (settings and template)" "$runs" "$bin/wsdeep" validate -e "$environment" --no-lint
measure "wsdeep validate --no-lint (template alone)" "$runs" "$bin/wsdeep" validate template.yaml --no-lint

if command -v cfn-lint >/dev/null; then
  measure "cfn-lint" 3 cfn-lint template.yaml
else
  echo "cfn-lint is not installed: left out (pip install cfn-lint)"
fi
if command -v aws >/dev/null; then
  mkdir -p build/package
  for name in authorizer connect disconnect default message generate; do echo "$name" >"build/package/$name.zip"; done
  coproc python3 -u -c '
import http.server
class TakeAll(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_HEAD(self):
        self.send_response(404); self.send_header("Content-Length", "0"); self.end_headers()
    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200); self.send_header("ETag", "\"0\""); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TakeAll)
print(server.server_port)
server.serve_forever()'
  server="$COPROC_PID"
  read -r port <&"${COPROC[0]}"
  export AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=bench AWS_REGION=us-east-1 AWS_ENDPOINT_URL="http://127.0.0.1:$port"
  measure "aws cloudformation package" 3 \
    aws cloudformation package --template-file template.yaml --s3-bucket bench --output-template-file packaged.yaml
else
  echo "the AWS CLI is not installed: left out"
fi
