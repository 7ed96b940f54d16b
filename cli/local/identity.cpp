#include "local/identity.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "wire/json_text.h"

namespace wsdeep::local {
namespace {

Identity make_identity() {
  Identity identity;
  identity.api_id = hex(random_bytes(5));
  identity.access_key_id = "WSDEEPLOCAL" + hex(random_bytes(5));
  identity.secret_access_key = base64url(random_bytes(30));
  return identity;
}

}  // namespace

Identity load_identity(Files& files, const std::filesystem::path& state) {
  const auto path = state / "identity.json";
  const auto text = files.read(path, 64 * 1024);
  if (!text) {
    const Identity identity = make_identity();
    const nlohmann::json json = {{"apiId", identity.api_id},
                                 {"accessKeyId", identity.access_key_id},
                                 {"secretAccessKey", identity.secret_access_key}};
    files.write(path, wire::indented_json(json) + "\n", 0600);
    return identity;
  }
  try {
    const auto json = wire::read_json(*text);
    return {json.at("apiId").get<std::string>(), json.at("accessKeyId").get<std::string>(),
            json.at("secretAccessKey").get<std::string>()};
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kFailure, fmt::format("cannot read {}: it is not what 'local up' wrote", path.string()),
                "move it away to get a new identity; tables and users stay");
  }
}

}  // namespace wsdeep::local
