#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "llm/client/server_description.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// Files that a server sent, none of which is believed before protobuf has checked it.
struct ServerDescription::Impl {
  /// Keeps what protobuf finds wrong instead of writing it to stderr.
  class Faults final : public google::protobuf::DescriptorPool::ErrorCollector {
   public:
    void AddError(const std::string& file, const std::string& element, const google::protobuf::Message*, ErrorLocation,
                  const std::string& words) override;
    std::string first;
  };

  Faults faults;
  google::protobuf::SimpleDescriptorDatabase database;
  google::protobuf::DescriptorPool pool{&database, &faults};
  std::set<std::string> files;    ///< names of those in the database
  std::set<std::string> missing;  ///< names of those that they import, and that did not come yet
  std::size_t bytes = 0;
  std::vector<ServiceDescription> services;

  /// Takes a serialized FileDescriptorProto. Throws Error{kFailure} for one that is none, and beyond the bounds.
  void add_file(const std::string& serialized);
  /// Looks the service up, once its files are there.
  void add_service(const std::string& name);
};

}  // namespace wsdeep::llm
