#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/client.h"

/// Resources of a region by their tags, of whatever service.
/// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
namespace wsdeep::aws {

struct TaggedResource {
  std::string arn;
  std::map<std::string, std::string> tags;
};

class ResourceTags {
 public:
  ResourceTags(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Those that are there and have this tag, of these types, such as `dynamodb:table`.
  std::vector<TaggedResource> find(const std::string& key, const std::string& value,
                                   const std::vector<std::string>& types);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
