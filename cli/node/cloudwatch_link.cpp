#include "node/cloudwatch_link.h"

#include "aws/call_settings.h"
#include "aws/instance_metadata.h"
#include "base/error.h"

namespace wsdeep::node {
namespace {

/// Empty where no instance knows it.
std::string instance_value(net::HttpClient& http, const Env& env, const std::string& name) {
  if (aws::instance_metadata_is_disabled(env)) return {};
  try {
    return aws::InstanceMetadata(http, env).value("/latest/meta-data/" + name).value_or("");
  } catch (const Error&) {
    return {};
  }
}

std::string region_of(const Env& env, const Files& files) {
  if (const auto region = aws::configured_region(env, files)) return *region;
  net::HttpClient http;
  std::string region = instance_value(http, env, "placement/region");
  if (region.empty())
    throw Error(ErrorKind::kUsage, "CloudWatch needs a region, and this is no instance that knows its own",
                "set AWS_REGION");
  return region;
}

Reading reading_of(const llm::Node& node) {
  const llm::NodeHealth health = node.health();
  Reading reading;
  reading.well = node.engine_is_well();
  reading.draining = health.draining;
  reading.load = health.load.value_or(0);
  reading.kv_use = health.kv_use;
  reading.running = health.active;
  reading.waiting = health.queued;
  reading.ttft_p50_us = health.ttft_p50_us;
  reading.ttft_p99_us = node.recent_first_token(0.99);
  return reading;
}

}  // namespace

aws::ClientOptions client_options(const std::string& id, const std::string& prefix, const Env& env,
                                  const Files& files) {
  const auto calls = aws::CallSettings::load(env, files);
  aws::ClientOptions options;
  options.region = region_of(env, files);
  options.endpoint = calls.endpoint(id, prefix, options.region);
  options.ca_file = calls.ca_file();
  options.timeout = std::chrono::seconds(5);
  return options;
}

PublisherOptions publisher_options(const std::string& group, const Env& env, const Files& files) {
  PublisherOptions options;
  options.group = group;
  options.client = client_options("CLOUDWATCH", "monitoring", env, files);
  return options;
}

CloudWatchLink::CloudWatchLink(PublisherOptions options, const Env& env, const llm::Node& node)
    : credentials_(env, files_, clock_, {}, stop_.get_token()),
      publisher_(
          std::move(options), credentials_,
          [env](net::HttpClient& http) { return instance_value(http, env, "instance-id"); },
          [&node] { return reading_of(node); }) {}

}  // namespace wsdeep::node
