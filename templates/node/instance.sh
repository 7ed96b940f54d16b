# What the scripts of a node share: the settings of its fleet, and what the instance is to Auto Scaling.
. /etc/wsdeep/fleet.env
export AWS_REGION

# imds PATH: what the instance's metadata says there; fails when it says nothing.
imds() {
  local at=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$at/latest/api/token") &&
    curl -sf -H "X-aws-ec2-metadata-token: $token" "$at/latest/meta-data/$1"
}

# The state that Auto Scaling wants this instance in: InService, Terminated, Standby, Warmed:Stopped …
target_state() {
  imds autoscaling/target-lifecycle-state
}

# complete HOOK: lets Auto Scaling go on; nothing when it does not wait.
complete() {
  aws autoscaling complete-lifecycle-action --lifecycle-hook-name "$1" --auto-scaling-group-name "$GROUP" \
    --instance-id "$(imds instance-id)" --lifecycle-action-result CONTINUE || true
}

# signal SUCCESS|FAILURE: what a rolling update of the stack waits for; nothing when there is none.
signal() {
  aws cloudformation signal-resource --stack-name "$STACK" --logical-resource-id "$GROUP_ID" \
    --unique-id "$(imds instance-id)" --status "$1" || true
}

# stage WORDS…: where the node is on its way, for whoever reads its journal: `wsdeep status`, `wsdeep logs --node`
# (cli/wire/node_stage.h has the words).
stage() {
  echo "wsdeep-stage: $*"
}

# again COMMAND…: until it succeeds, five times at most, with longer waits in between.
again() {
  local wait
  for wait in 5 15 30 60; do
    "$@" && return
    sleep "$wait"
  done
  "$@"
}
