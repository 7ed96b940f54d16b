#include "stack/settings/rest_chat_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace wsdeep::stack {
namespace {

bool is_table_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-' || c == '.';
         });
}

const Rule kTableName{"the name of a DynamoDB table", is_table_name};
const Rule kIssuer{"the issuer of tokens, their claim iss, of at most 255 characters without blanks",
                   [](std::string_view text) {
                     return !text.empty() && text.size() <= 255 &&
                            std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
                   }};

}  // namespace

void read_rest_chat(SectionReader& reader, EnvironmentSettings& settings) {
  const std::string key = "rest_chat";
  const YamlNode* node = reader.take(key);
  if (node == nullptr) return;
  if (node->is_scalar()) {
    bool on = settings.rest_chat.has_value();
    reader.boolean(key, on);
    if (!on) settings.rest_chat.reset();
    if (on && !settings.rest_chat) settings.rest_chat.emplace();
    return;
  }
  if (!settings.rest_chat) settings.rest_chat.emplace();
  SectionReader section(reader.context(), *node, reader.path_of(key), reader.places());
  section.text("table", settings.rest_chat->table, kTableName);
  section.text("hs256_secret", settings.rest_chat->hs256_secret, kSecretName);
  section.text("hs256_issuer", settings.rest_chat->hs256_issuer, kIssuer);
  section.boolean("hs256_pool_users", settings.rest_chat->hs256_pool_users);
  section.integer("concurrency", settings.rest_chat->concurrency, 0, 10'000);
  section.finish();
}

void check_rest_chat(const EnvironmentSettings& settings, const Places& places, Position environment,
                     ReadContext& context) {
  if (!settings.rest_chat) return;
  const auto at = [&](std::string_view path) {
    const auto place = places.find(path);
    return place != places.end() ? place->second : environment;
  };
  const RestChatSettings& rest = *settings.rest_chat;
  if (!rest.hs256_issuer.empty() && rest.hs256_secret.empty())
    context.report(at("rest_chat.hs256_issuer"),
                   "tokens of this issuer cannot be checked without rest_chat.hs256_secret",
                   "name the secret that they are signed with, or leave the issuer out");
  if (rest.hs256_pool_users && rest.hs256_secret.empty())
    context.report(at("rest_chat.hs256_pool_users"), "there are no such tokens without rest_chat.hs256_secret",
                   "name the secret that they are signed with, or leave this out");
  // Never two ways to check the tokens of one issuer: the keys of the pool are public.
  if (rest.hs256_issuer.starts_with("https://cognito-idp."))
    context.report(at("rest_chat.hs256_issuer"), "a user pool signs with RS256, whose keys are public",
                   "HS256 tokens need an issuer of their own, or none");
  // The function is in the VPC for the nodes' sake alone.
  const bool no_way_out = settings.network.mode == NetworkMode::kNew && settings.network.egress == Egress::kEndpoints;
  if (no_way_out && !settings.llm.on_bedrock())
    context.report(at("rest_chat"), "with egress: endpoints the function in the VPC has no way to the user pool's keys",
                   "use egress: nat");
}

}  // namespace wsdeep::stack
