#include "llm/client/explain.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "llm/client/http_look.h"
#include "llm/grpc_status.h"
#include "net/proxy.h"
#include "net/tls_look.h"

// gRPC says little of a connection that did not come about: of every certificate that is refused that it is, of TLS
// that meets plain text that the connection was closed. Whoever asked from a command line wants to know which flag to
// change, so the server is met once more, by a client that looks at what it does.

namespace wsdeep::llm {
namespace {

using net::TlsLook;

std::string name_of(const Url& url, const ClientTarget& target) {
  const std::string& authority = target.authority;
  return authority.empty() ? url.host : parse_url("grpc://" + authority).host;
}

std::optional<TlsLook> look(const Url& url, const ClientTarget& target) {
  const bool is_tls = url.scheme == "grpcs";
  Url as_https = url;
  as_https.scheme = "https";
  if (net::proxy_for(as_https)) return std::nullopt;  // whoever is met there is the proxy
  net::TlsLookCall call;
  call.host = url.host;
  call.port = url.port;
  call.name = name_of(url, target);
  if (is_tls) {
    call.ca_file = target.ca_file;
    call.certificate_file = target.certificate_file;
    call.key_file = target.key_file;
  }
  return net::look_at_tls(call);
}

Explanation explain_certificate(const TlsLook& look) {
  if (look.is_misnamed)
    return {look.fault + (look.names.empty() ? "" : fmt::format(": it is for {}", join(look.names, ", "))),
            look.names.empty() ? "" : fmt::format("if that is the server: --authority {}", look.names.front())};
  if (look.is_untrusted)
    return {look.fault + (look.issuer.empty() ? "" : fmt::format(": {}", look.issuer)),
            "name the file of that CA with --ca-file, if you trust it"};
  return {look.fault + (look.ended.empty() ? "" : fmt::format(", on {}", look.ended)), ""};
}

/// What TLS showed to a client that wants TLS; nothing: no reason not to go on.
std::optional<Explanation> explain_tls(const TlsLook& look, const ClientTarget& target) {
  if (look.talk == TlsLook::Talk::kForeign)
    return Explanation{"it does not speak TLS", "for plain text write grpc://, without --tls"};
  if (look.talk != TlsLook::Talk::kTls) return std::nullopt;
  if (!look.fault.empty() && target.verify) return explain_certificate(look);
  if (look.wants_certificate && look.left)
    return Explanation{"it wants a client's certificate (mutual TLS)", "pass one with --cert and --key"};
  if (look.left && !target.certificate_file.empty())
    return Explanation{"it refuses the client's certificate" + (look.alert.empty() ? "" : ": " + look.alert),
                       fmt::format("it has to trust who signed {}", target.certificate_file)};
  if (!look.alert.empty()) return Explanation{"it refuses TLS: " + look.alert, ""};
  if (!look.has_http2) return Explanation{"it speaks TLS, but not HTTP/2 on it: is this a gRPC server?", ""};
  return std::nullopt;
}

std::optional<Explanation> explain_connection(const Url& url, const ClientTarget& target) {
  const auto found = look(url, target);
  if (!found) return std::nullopt;
  if (url.scheme == "grpcs") return explain_tls(*found, target);
  if (found->talk != TlsLook::Talk::kTls) return std::nullopt;
  return Explanation{"it speaks TLS, and was asked in plain text", "for TLS write grpcs://, or add --tls"};
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

}  // namespace

Explanation explain(const Url& url, const ClientTarget& target, const FailedCall& failed) {
  if (failed.cause == kOutOfTime)
    return {"no answer within " + seconds_text(failed.timeout), "a longer --timeout may help"};
  if (failed.began_no_grpc)
    if (auto found = explain_connection(url, target)) return *std::move(found);
  return {failed.cause, what_http_says(url, target.ca_file, failed.http_version)};
}

}  // namespace wsdeep::llm
