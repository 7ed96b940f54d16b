#include "llm/client/reflection.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "llm/client/peer_call.h"
#include "llm/client/server_description_impl.h"
#include "peer.pb.h"

// The server is asked for the list of its services, for the file of each, and for what those import until nothing is
// missing. It may send more than it was asked for, or files that do not fit together: protobuf's own pool judges that,
// and what it does not take is told beside the service. All of it is bounded (server_description.cpp).

namespace wsdeep::llm {
namespace {

using peer::ReflectionRequest;
using peer::ReflectionResponse;

constexpr int kMostServices = 200;

class Reflection {
 public:
  Reflection(const std::shared_ptr<grpc::Channel>& channel, const std::string& version, Deadline deadline,
             const std::stop_token& stop)
      : call_(channel, fmt::format("/grpc.reflection.{}.ServerReflection/ServerReflectionInfo", version), deadline,
              stop),
        deadline_(deadline) {}

  ServerDescription describe() {
    for (const std::string& service : services()) {
      fetch_symbol(service);
      fetch_missing();
      impl_->add_service(service);
    }
    return ServerDescription(impl_);
  }

 private:
  std::vector<std::string> services() {
    ReflectionRequest request;
    request.set_list_services("*");
    const ReflectionResponse response = ask(request);
    if (!response.has_list_services_response())
      throw Error(ErrorKind::kFailure, "the server does not list its services: " +
                                           printable(response.error_response().error_message().substr(0, 200)));
    const peer::ServiceList& list = response.list_services_response();
    if (list.service_size() > kMostServices)
      throw Error(ErrorKind::kFailure, fmt::format("the server lists more than {} services", kMostServices));
    std::vector<std::string> names;
    for (const auto& service : list.service()) names.push_back(service.name());
    return names;
  }

  void fetch_symbol(const std::string& name) {
    ReflectionRequest request;
    request.set_file_containing_symbol(name);
    take(ask(request));
  }

  /// What is asked for once and does not come is not asked for again.
  void fetch_missing() {
    while (!impl_->missing.empty()) {
      const std::string name = *impl_->missing.begin();
      ReflectionRequest request;
      request.set_file_by_filename(name);
      take(ask(request));
      impl_->missing.erase(name);
    }
  }

  void take(const ReflectionResponse& response) {
    for (const std::string& file : response.file_descriptor_response().file_descriptor_proto()) impl_->add_file(file);
  }

  ReflectionResponse ask(const ReflectionRequest& request) {
    call_.send(request);
    if (call_.next(deadline_ + std::chrono::seconds(1)) != PeerCall::Event::kMessage) throw PeerFault{call_.status()};
    ReflectionResponse response;
    if (!call_.read(response)) throw Error(ErrorKind::kFailure, "the server's description cannot be decoded");
    return response;
  }

  PeerCall call_;
  const Deadline deadline_;
  const std::shared_ptr<ServerDescription::Impl> impl_ = std::make_shared<ServerDescription::Impl>();
};

}  // namespace

ServerDescription describe_server(const std::shared_ptr<grpc::Channel>& channel, Deadline deadline,
                                  const std::stop_token& stop) {
  try {
    return Reflection(channel, "v1", deadline, stop).describe();
  } catch (const PeerFault& fault) {
    if (fault.status.error_code() != grpc::StatusCode::UNIMPLEMENTED) throw;
  }
  try {
    return Reflection(channel, "v1alpha", deadline, stop).describe();
  } catch (const PeerFault& fault) {
    if (fault.status.error_code() != grpc::StatusCode::UNIMPLEMENTED) throw;
    throw Error(ErrorKind::kFailure, "the server does not describe itself: it has no reflection service");
  }
}

}  // namespace wsdeep::llm
