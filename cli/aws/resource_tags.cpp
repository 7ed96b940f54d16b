#include "aws/resource_tags.h"

#include "base/error.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kTaggingTarget = "ResourceGroupsTaggingAPI_20170126";
constexpr int kMostTagPages = 100;

TaggedResource tagged_in(const wire::Json& entry) {
  const wire::JsonFields fields(entry, "ResourceTagMappingList");
  TaggedResource found{fields.text_or("ResourceARN", ""), {}};
  if (fields.find("Tags") != nullptr)
    for (const wire::Json& tag : fields.list("Tags")) {
      const wire::JsonFields pair(tag, "Tags");
      found.tags[pair.text_or("Key", "")] = pair.text_or("Value", "");
    }
  return found;
}

}  // namespace

ResourceTags::ResourceTags(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                           const Clock& clock)
    : client_(http, std::move(options), credentials, "tagging", "tagging", clock) {}

std::vector<TaggedResource> ResourceTags::find(const std::string& key, const std::string& value,
                                               const std::vector<std::string>& types) {
  std::vector<TaggedResource> found;
  std::string page;
  for (int i = 0; i < kMostTagPages; ++i) {
    wire::Json body{{"TagFilters", {{{"Key", key}, {"Values", {value}}}}}, {"ResourceTypeFilters", types}};
    if (!page.empty()) body["PaginationToken"] = page;
    const wire::Json answer = wire::parse_json(
        client_.call_json(kTaggingTarget, "GetResources", wire::dump_json(body), "application/x-amz-json-1.1", true),
        "the answer to GetResources");
    const wire::JsonFields fields(answer);
    if (fields.find("ResourceTagMappingList") != nullptr)
      for (const wire::Json& entry : fields.list("ResourceTagMappingList")) found.push_back(tagged_in(entry));
    page = fields.text_or("PaginationToken", "");
    if (page.empty()) return found;
  }
  throw Error(ErrorKind::kFailure, "the answers to GetResources do not end");
}

}  // namespace wsdeep::aws
