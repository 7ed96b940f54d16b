# What the scripts of the lab's server share: which stack it is of, and what the instance says of itself.
. /etc/wsdeep/lab.env
export AWS_REGION

# imds PATH: what the instance's metadata says there; fails when it says nothing.
imds() {
  local at=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$at/latest/api/token") &&
    curl -sf -H "X-aws-ec2-metadata-token: $token" "$at/latest/meta-data/$1"
}
