#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/env.h"
#include "net/http_client.h"

namespace wsdeep::aws {

/// True when AWS_EC2_METADATA_DISABLED says so.
bool instance_metadata_is_disabled(const Env& env);

/// Speaks IMDSv2, at AWS_EC2_METADATA_SERVICE_ENDPOINT or the link-local address; never version 1, which any request
/// forgery inside the instance can use. Attempts are few and short: on a machine that is no instance, nobody answers.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
class InstanceMetadata {
 public:
  /// `cancel` ends a question with an Error.
  InstanceMetadata(net::HttpClient& http, const Env& env, std::stop_token cancel = {});

  /// False when no service answers, or it gives out no session token.
  bool open_session();
  const std::string& base() const { return base_; }
  /// `path` from `/latest/meta-data/` on. Throws TransportError when no answer came.
  net::HttpResponse get(const std::string& path);
  /// The value there; nothing for 404. Opens a session where there is none, or when it has run out. Throws
  /// Error{kFailure} for any other answer, and when none came.
  std::optional<std::string> value(const std::string& path);

 private:
  net::HttpResponse send(const char* method, const std::string& path, std::pair<std::string, std::string> header);

  net::HttpClient& http_;
  std::string base_;
  std::stop_token cancel_;
  std::string token_;
};

/// A Spot instance is about to be interrupted.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
struct SpotNotice {
  std::string action;              ///< `terminate`, `stop` or `hibernate`
  std::optional<SystemTime> time;  ///< nothing when the notice cannot be read

  bool operator==(const SpotNotice&) const = default;
};

/// What EC2 and Auto Scaling mean to do with this instance.
struct InstanceNotices {
  std::optional<SpotNotice> spot;
  /// An elevated risk of interruption, before the notice if at all.
  /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
  bool rebalance = false;
  /// The state that the instance is on its way to, or in: `InService`, `Standby`, `Terminated`, `Warmed:Stopped` …;
  /// empty outside of a group.
  /// https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
  std::string target_state;

  bool operator==(const InstanceNotices&) const = default;
};

/// Throws Error{kFailure} when the service does not answer, or not so.
InstanceNotices read_instance_notices(InstanceMetadata& metadata);

}  // namespace wsdeep::aws
