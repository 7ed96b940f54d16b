#include "aws/cloudwatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/query.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kMetricsVersion = "2010-08-01";
constexpr std::size_t kQuestionsACall = 500;
constexpr std::size_t kMaxMetricPages = 100;  // a server that repeats itself would have more

void add_dimensions(const std::vector<std::pair<std::string, std::string>>& dimensions, const std::string& prefix,
                    QueryParameters& out) {
  std::size_t n = 0;
  for (const auto& [name, value] : dimensions) {
    const std::string dimension = fmt::format("{}Dimensions.member.{}.", prefix, ++n);
    out.emplace_back(dimension + "Name", name);
    out.emplace_back(dimension + "Value", value);
  }
}

void add_datum(const MetricDatum& datum, std::size_t number, SystemTime time, QueryParameters& out) {
  const std::string prefix = fmt::format("MetricData.member.{}.", number);
  out.emplace_back(prefix + "MetricName", datum.metric);
  add_dimensions(datum.dimensions, prefix, out);
  out.emplace_back(prefix + "Timestamp", iso8601(time));
  out.emplace_back(prefix + "Value", fmt::format("{}", datum.value));
  out.emplace_back(prefix + "Unit", datum.unit);
  out.emplace_back(prefix + "StorageResolution", "1");
}

void add_question(const MetricQuestion& question, std::size_t number, QueryParameters& out) {
  const std::string prefix = fmt::format("MetricDataQueries.member.{}.", number + 1);
  // An id has to begin with a small letter.
  out.emplace_back(prefix + "Id", fmt::format("q{}", number));
  out.emplace_back(prefix + "MetricStat.Metric.Namespace", question.metric_namespace);
  out.emplace_back(prefix + "MetricStat.Metric.MetricName", question.metric);
  add_dimensions(question.dimensions, prefix + "MetricStat.Metric.", out);
  out.emplace_back(prefix + "MetricStat.Period", "60");
  out.emplace_back(prefix + "MetricStat.Stat", question.statistic);
}

std::optional<double> decimal_in(const std::string& text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// The first value of each result is the newest, since that is how they were asked for.
void take_values(const XmlNode& result, std::vector<std::optional<double>>& out) {
  for (const XmlNode* one : result.list("MetricDataResults")) {
    const std::string id = one->text_of("Id");
    const auto values = one->list("Values");
    const auto number =
        id.starts_with('q') ? parse_integer(std::string_view(id).substr(1), 0, kQuestionsACall - 1) : std::nullopt;
    if (!number || values.empty() || static_cast<std::size_t>(*number) >= out.size()) continue;
    std::optional<double>& place = out[static_cast<std::size_t>(*number)];
    if (!place) place = decimal_in(values.front()->text);
  }
}

/// At most as many as one call takes.
std::vector<std::optional<double>> ask_values(Client& client, const std::vector<MetricQuestion>& questions,
                                              SystemTime now, std::chrono::minutes age) {
  std::vector<std::optional<double>> values(questions.size());
  // The end is exclusive, and the minute that runs counts.
  QueryParameters parameters{{"StartTime", iso8601(now - age)},
                             {"EndTime", iso8601(now + std::chrono::minutes(1))},
                             {"ScanBy", "TimestampDescending"}};
  for (std::size_t n = 0; n < questions.size(); ++n) add_question(questions[n], n, parameters);
  std::string next;
  for (std::size_t page = 0; page < kMaxMetricPages; ++page) {
    QueryParameters asked = parameters;
    if (!next.empty()) asked.emplace_back("NextToken", next);
    const XmlNode result = query(client, {"GetMetricData", kMetricsVersion}, asked);
    take_values(result, values);
    next = result.text_of("NextToken");
    if (next.empty()) return values;
  }
  throw Error(ErrorKind::kFailure, "the answers to GetMetricData do not end");
}

}  // namespace

CloudWatch::CloudWatch(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "cloudwatch", "monitoring", clock) {}

std::vector<Alarm> CloudWatch::describe_alarms(const std::vector<std::string>& names) {
  QueryParameters parameters{{"MaxRecords", "100"}};
  std::size_t n = 0;
  for (const std::string& name : names) parameters.emplace_back(fmt::format("AlarmNames.member.{}", ++n), name);
  const XmlNode result = query(client_, {"DescribeAlarms", kMetricsVersion}, parameters);
  std::vector<Alarm> alarms;
  for (const XmlNode* one : result.list("MetricAlarms"))
    alarms.push_back({one->text_of("AlarmName"), one->text_of("StateValue"), one->text_of("StateReason")});
  return alarms;
}

std::vector<std::optional<double>> CloudWatch::newest_values(const std::vector<MetricQuestion>& questions,
                                                             SystemTime now, std::chrono::minutes age) {
  std::vector<std::optional<double>> values;
  for (std::size_t begin = 0; begin < questions.size(); begin += kQuestionsACall) {
    const auto first = questions.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kQuestionsACall, questions.size() - begin));
    for (const auto& value : ask_values(client_, {first, first + count}, now, age)) values.push_back(value);
  }
  return values;
}

void CloudWatch::put_metric_data(const std::string& metric_namespace, const std::vector<MetricDatum>& data,
                                 SystemTime time) {
  QueryParameters parameters{{"Namespace", metric_namespace}};
  std::size_t n = 0;
  for (const MetricDatum& datum : data) add_datum(datum, ++n, time, parameters);
  query(client_, {"PutMetricData", kMetricsVersion}, parameters);
}

}  // namespace wsdeep::aws
