#include "aws/pricing.h"

#include <charconv>

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kPricingContentType = "application/x-amz-json-1.1";

std::string filter(const char* field, const std::string& value) {
  wire::JsonObject object;
  object.add("Type", "TERM_MATCH").add("Field", field).add("Value", value);
  return object.text();
}

/// Plain Linux on shared hardware that nobody has reserved: the rows of software that costs extra are others.
std::string question(const std::string& instance_type, const std::string& region) {
  wire::JsonObject body;
  body.add("ServiceCode", "AmazonEC2").add("FormatVersion", "aws_v1").add("MaxResults", 10);
  body.add_json("Filters", wire::json_list({filter("instanceType", instance_type), filter("regionCode", region),
                                            filter("operatingSystem", "Linux"), filter("tenancy", "Shared"),
                                            filter("preInstalledSw", "NA"), filter("capacitystatus", "Used")}));
  return body.text();
}

std::optional<double> positive_number(const std::string& text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || !(value > 0)) return std::nullopt;
  return value;
}

/// `{"terms":{"OnDemand":{"SKU.TERM":{"priceDimensions":{"RATE":{"unit":"Hrs","pricePerUnit":{"USD":"1.006"}}}}}}}`
std::optional<double> price_in(const wire::Json& product) {
  const auto child = [](const wire::Json& parent, const char* name) -> const wire::Json& {
    static const wire::Json kNothing = wire::Json::object();
    const auto found = parent.is_object() ? parent.find(name) : parent.end();
    return parent.is_object() && found != parent.end() ? *found : kNothing;
  };
  for (const wire::Json& term : child(child(product, "terms"), "OnDemand"))
    for (const wire::Json& rate : child(term, "priceDimensions")) {
      const wire::Json& price = child(child(rate, "pricePerUnit"), "USD");
      if (price.is_string())
        if (const auto value = positive_number(price.get<std::string>())) return value;
    }
  return std::nullopt;
}

}  // namespace

Pricing::Pricing(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "pricing", "pricing", clock) {}

std::optional<double> Pricing::on_demand_price(const std::string& instance_type, const std::string& region) {
  const std::string answer = client_.call_json("AWSPriceListService", "GetProducts", question(instance_type, region),
                                               kPricingContentType, true);
  const wire::Json document = wire::parse_json(answer, "the answer to GetProducts");
  const wire::JsonFields fields(document);
  if (fields.find("PriceList") == nullptr) return std::nullopt;
  // Each entry is a document of its own, as text.
  for (const wire::Json& entry : fields.list("PriceList")) {
    const wire::Json product =
        entry.is_string() ? wire::parse_json(entry.get<std::string>(), "a product of the price list") : entry;
    if (const auto price = price_in(product)) return price;
  }
  return std::nullopt;
}

}  // namespace wsdeep::aws
