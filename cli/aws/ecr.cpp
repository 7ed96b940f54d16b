#include "aws/ecr.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/text.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {

std::optional<EcrImage> EcrImage::parse(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto host = split(name.substr(0, slash), '.');
  const bool is_ecr = host.size() >= 6 && host[1] == "dkr" && host[2].starts_with("ecr") && host[4] == "amazonaws" &&
                      host[0].size() == 12 && std::ranges::all_of(host[0], is_digit);
  if (!is_ecr) return std::nullopt;
  EcrImage image{std::string(host[0]), std::string(host[3]), {}, "latest", {}};
  std::string_view rest = name.substr(slash + 1);
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    image.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
  }
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    image.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  image.repository = rest;
  return image;
}

Ecr::Ecr(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "ecr", "ecr", clock) {}

std::int64_t Ecr::image_bytes(const EcrImage& image) {
  wire::JsonObject id;
  if (image.digest.empty())
    id.add("imageTag", image.tag);
  else
    id.add("imageDigest", image.digest);
  const std::string body = wire::JsonObject()
                               .add("registryId", image.account)
                               .add("repositoryName", image.repository)
                               .add_json("imageIds", wire::json_list({id.text()}))
                               .text();
  const std::string answer = client_.call_json("AmazonEC2ContainerRegistry_V20150921", "DescribeImages", body,
                                               "application/x-amz-json-1.1", true);
  const wire::Json document = wire::parse_json(answer, "the answer to DescribeImages");
  for (const wire::Json& one : wire::JsonFields(document).list("imageDetails"))
    return wire::JsonFields(one, "imageDetails").integer_or("imageSizeInBytes", 0);
  throw Error(ErrorKind::kNotFound, "the answer to DescribeImages lists no image");
}

}  // namespace wsdeep::aws
