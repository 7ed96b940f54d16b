#include "llm/client/server_description.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "llm/client/server_description_impl.h"

namespace wsdeep::llm {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kMostDescriptionBytes = 8 << 20;
constexpr std::size_t kMostMethods = 1000;  // that are listed of a service

MethodDescription describe(const pb::MethodDescriptor& method) {
  return {method.name(), method.input_type()->full_name(), method.output_type()->full_name(), method.client_streaming(),
          method.server_streaming()};
}

/// Files in the order in which they build on each other.
void visit(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& seen, std::vector<std::string>& texts) {
  if (!seen.insert(&file).second) return;
  for (int at = 0; at < file.dependency_count(); ++at) visit(*file.dependency(at), seen, texts);
  if (!file.name().starts_with("google/protobuf/"))
    texts.push_back(printable_lines(fmt::format("// {}\n{}", file.name(), file.DebugString())));
}

}  // namespace

void ServerDescription::Impl::Faults::AddError(const std::string& file, const std::string& element, const pb::Message*,
                                               ErrorLocation, const std::string& words) {
  if (first.empty()) first = printable(fmt::format("{}: {}: {}", file, element, words).substr(0, 300));
}

void ServerDescription::Impl::add_file(const std::string& serialized) {
  pb::FileDescriptorProto file;
  bytes += serialized.size();
  if (bytes > kMostDescriptionBytes || files.size() >= kMostFiles)
    throw Error(ErrorKind::kFailure, fmt::format("the server describes itself by more than {} files, or {} MB",
                                                 kMostFiles, kMostDescriptionBytes >> 20));
  if (!file.ParseFromString(serialized))
    throw Error(ErrorKind::kFailure, "what the server sent as a file of its description cannot be decoded");
  missing.erase(file.name());
  if (!files.insert(file.name()).second) return;
  for (const std::string& import : file.dependency())
    if (!files.contains(import)) missing.insert(import);
  database.Add(file);
}

void ServerDescription::Impl::add_service(const std::string& name) {
  ServiceDescription described{printable(name), {}, {}};
  faults.first.clear();
  if (const pb::ServiceDescriptor* service = pool.FindServiceByName(name)) {
    for (int at = 0; at < service->method_count() && described.methods.size() < kMostMethods; ++at)
      described.methods.push_back(describe(*service->method(at)));
  } else {
    described.fault = faults.first.empty() ? "the server does not describe it" : faults.first;
  }
  services.push_back(std::move(described));
}

ServerDescription::ServerDescription(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

const std::vector<ServiceDescription>& ServerDescription::services() const {
  return impl_->services;
}

std::vector<std::string> ServerDescription::files() const {
  std::set<const pb::FileDescriptor*> seen;
  std::vector<std::string> texts;
  for (const ServiceDescription& service : impl_->services)
    if (const auto* found = impl_->pool.FindServiceByName(service.name)) visit(*found->file(), seen, texts);
  return texts;
}

std::optional<std::string> ServerDescription::text_of(const std::string& name) const {
  const auto shown = [](const auto* found) { return printable_lines(found->DebugString()); };
  const pb::DescriptorPool& pool = impl_->pool;
  if (const auto* service = pool.FindServiceByName(name)) return shown(service);
  if (const auto* method = pool.FindMethodByName(name)) return shown(method);
  if (const auto* message = pool.FindMessageTypeByName(name)) return shown(message);
  if (const auto* values = pool.FindEnumTypeByName(name)) return shown(values);
  return std::nullopt;
}

std::vector<std::string> ServerDescription::names() const {
  std::vector<std::string> names;
  for (const ServiceDescription& service : impl_->services) names.push_back(service.name);
  for (const std::string& file : impl_->files) {
    const pb::FileDescriptor* found = impl_->pool.FindFileByName(file);
    if (found == nullptr) continue;
    for (int at = 0; at < found->message_type_count(); ++at) names.push_back(found->message_type(at)->full_name());
    for (int at = 0; at < found->enum_type_count(); ++at) names.push_back(found->enum_type(at)->full_name());
  }
  return names;
}

}  // namespace wsdeep::llm
