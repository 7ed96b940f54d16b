// What a foreign server sends as its description by reflection (`wsdeep llm describe`): a list of files in protobuf's
// form, as `protoc --descriptor_set_out` writes it too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "fuzz/target.h"
#include "llm/client/server_description_impl.h"
#include "llm/grpc_setup.h"
#include "peer.pb.h"

namespace server_description_fuzz {
namespace {

using wsdeep::llm::ServerDescription;

void describe(const wsdeep::peer::FileDescriptors& files) {
  const auto impl = std::make_shared<ServerDescription::Impl>();
  for (const std::string& file : files.file_descriptor_proto()) impl->add_file(file);
  for (const char* service : {"llm.LLMService", "grpc.health.v1.Health", "a.S", "S", ""}) impl->add_service(service);
  const ServerDescription description(impl);
  for (const std::string& text : description.files())
    if (wsdeep::strip_control(text) != text) std::abort();
  for (const std::string& name : description.names())
    if (const auto text = description.text_of(name); text && wsdeep::strip_control(*text) != *text) std::abort();
}

}  // namespace

FUZZ_TARGET(server_description_fuzz) {
  wsdeep::llm::set_up_grpc();  // protobuf's lines go to our log
  wsdeep::peer::FileDescriptors files;
  if (!files.ParseFromArray(data, static_cast<int>(size))) return 0;
  try {
    describe(files);
  } catch (const wsdeep::Error&) {
    // Bounded, or not decodable.
  }
  return 0;
}

}  // namespace server_description_fuzz
