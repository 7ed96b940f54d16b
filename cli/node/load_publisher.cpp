#include "node/load_publisher.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace wsdeep::node {
namespace {

using Dimensions = std::vector<std::pair<std::string, std::string>>;

/// Under one set of dimensions. A time that nobody measured is not there.
void add(const std::vector<Reading>& readings, const Dimensions& dimensions, std::vector<aws::MetricDatum>& out) {
  const auto mean = [&](auto value_of) {
    double sum = 0;
    for (const Reading& reading : readings) sum += value_of(reading);
    return sum / static_cast<double>(readings.size());
  };
  out.push_back({"Load", mean(utilisation), "None", dimensions});
  out.push_back({"Running", mean([](const Reading& one) { return one.running; }), "Count", dimensions});
  out.push_back({"Waiting", mean([](const Reading& one) { return one.waiting; }), "Count", dimensions});
  const auto add_time = [&](const char* metric, const std::optional<std::int64_t>& us) {
    if (us) out.push_back({metric, static_cast<double>(*us) / 1000, "Milliseconds", dimensions});
  };
  add_time("TimeToFirstTokenP50", readings.back().ttft_p50_us);
  add_time("TimeToFirstTokenP99", readings.back().ttft_p99_us);
}

/// What tells two failures apart; their words have the ids of requests in them.
std::string kind_of(const std::exception& error) {
  if (const auto* service = dynamic_cast<const aws::ServiceError*>(&error)) return service->code();
  if (const auto* transport = dynamic_cast<const net::TransportError*>(&error))
    return std::to_string(static_cast<int>(transport->fault()));
  return error.what();
}

}  // namespace

double utilisation(const Reading& reading) {
  return std::max(reading.load, reading.kv_use.value_or(0));
}

std::vector<aws::MetricDatum> data_of(const std::vector<Reading>& readings, const std::string& group,
                                      const std::string& instance) {
  std::vector<aws::MetricDatum> data;
  if (readings.empty() || !readings.back().well) return data;
  std::vector<Reading> well;
  std::copy_if(readings.begin(), readings.end(), std::back_inserter(well), [](const Reading& one) { return one.well; });
  if (!readings.back().draining) add(well, {{"AutoScalingGroupName", group}}, data);
  if (!instance.empty()) add(well, {{"AutoScalingGroupName", group}, {"InstanceId", instance}}, data);
  return data;
}

LoadPublisher::LoadPublisher(PublisherOptions options, aws::CredentialSource& credentials, InstanceId instance_id,
                             std::function<Reading()> read)
    : options_(std::move(options)),
      credentials_(credentials),
      instance_id_(std::move(instance_id)),
      read_(std::move(read)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

LoadPublisher::~LoadPublisher() {
  thread_.request_stop();
  thread_.join();
}

void LoadPublisher::run(const std::stop_token& stop) {
  aws::ClientOptions client = options_.client;
  client.cancel = stop;
  cloudwatch_.emplace(http_, client, credentials_, clock_);
  std::vector<Reading> readings;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, stop, options_.sample_interval, [&] { return stop.stop_requested(); })) {
    readings.push_back(read_());
    if (readings.size() < static_cast<std::size_t>(options_.samples)) continue;
    publish(readings);
    readings.clear();
  }
}

void LoadPublisher::publish(const std::vector<Reading>& readings) {
  try {
    if (instance_.empty()) instance_ = instance_id_(http_);
    const std::vector<aws::MetricDatum> data = data_of(readings, options_.group, instance_);
    if (data.empty()) return;
    cloudwatch_->put_metric_data(kNamespace, data, clock_.now());
    note({}, {});
  } catch (const std::exception& error) {
    if (!thread_.get_stop_token().stop_requested()) note(kind_of(error), error.what());
  }
}

void LoadPublisher::note(const std::string& fault, const std::string& words) {
  if (std::exchange(fault_, fault) == fault) return;
  if (fault.empty())
    log_info("CloudWatch takes the node's load again", {{"group", options_.group}});
  else
    log_warn("the node's load does not reach CloudWatch", {{"group", options_.group}, {"cause", words}});
}

}  // namespace wsdeep::node
