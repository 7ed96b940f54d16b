#include "local/cognito/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kMixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kCustomAttributes = "custom_attributes";
constexpr std::size_t kClientIdLength = 26, kClientSecretLength = 52;

std::string random_text(std::string_view alphabet, std::size_t length) {
  std::string text = random_bytes(length);
  for (char& c : text) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return text;
}

SigningKey make_key() {
  return {base64(random_bytes(32)), auth::make_rsa_key()};
}

void make_tables(Database& database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS cognito_pool (id TEXT NOT NULL, client_id TEXT NOT NULL, created_ms INTEGER NOT "
      "NULL);"
      "CREATE TABLE IF NOT EXISTS cognito_keys (kid TEXT PRIMARY KEY, token_use TEXT NOT NULL UNIQUE, "
      "private_pem TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS cognito_retired_keys (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, "
      "until_ms INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS cognito_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
}

std::optional<UserPool> read_pool(Database& database) {
  Statement row(database, "SELECT id, client_id, created_ms FROM cognito_pool");
  if (!row.step()) return std::nullopt;
  UserPool pool;
  pool.id = row.text(0);
  pool.app.id = row.text(1);
  pool.created_ms = row.integer(2);
  Statement keys(database, "SELECT token_use, kid, private_pem FROM cognito_keys");
  while (keys.step()) (keys.bytes(0) == "id" ? pool.id_key : pool.access_key) = {keys.text(1), keys.text(2)};
  if (pool.id_key.kid.empty() || pool.access_key.kid.empty())
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot use {}: the user pool's signing keys are missing", database.path().string()),
                "move the file away to start with a new pool");
  Statement retired(database, "SELECT jwk, until_ms FROM cognito_retired_keys ORDER BY until_ms");
  while (retired.step()) pool.retired.push_back({retired.text(0), retired.integer(1)});
  return pool;
}

void write_keys(Database& database, const UserPool& pool) {
  Statement insert(database, "INSERT OR REPLACE INTO cognito_keys (token_use, kid, private_pem) VALUES (?, ?, ?)");
  insert.bind(1, "id").bind(2, pool.id_key.kid).bind(3, pool.id_key.private_pem).run();
  insert.bind(1, "access").bind(2, pool.access_key.kid).bind(3, pool.access_key.private_pem).run();
}

void write_pool(Database& database, const UserPool& pool) {
  Transaction transaction(database);
  Statement(database, "INSERT INTO cognito_pool VALUES (?, ?, ?)")
      .bind(1, pool.id)
      .bind(2, pool.app.id)
      .bind(3, pool.created_ms)
      .run();
  write_keys(database, pool);
  transaction.commit();
}

UserPool make_pool(Database& database, const Clock& clock, const std::string& region) {
  UserPool pool;
  pool.id = region + "_" + random_text(kMixed, 9);
  pool.app.id = random_text(kLower, kClientIdLength);
  pool.created_ms = epoch_ms(clock.now());
  KeyPair keys = make_keys();
  pool.id_key = std::move(keys.id_key);
  pool.access_key = std::move(keys.access_key);
  write_pool(database, pool);
  return pool;
}

/// The setting, made when the database does not have it yet.
std::string keep_setting(Database& database, std::string_view name, const std::function<std::string()>& make) {
  std::string value = read_setting(database, name, "");
  if (!value.empty()) return value;
  value = make();
  write_setting(database, name, value);
  return value;
}

}  // namespace

const AppClient* UserPool::find_client(std::string_view client_id) const {
  if (client_id == app.id) return &app;
  return client_id == service.id ? &service : nullptr;
}

std::string UserPool::jwks() const {
  std::vector<std::string> keys = {auth::public_jwk(id_key.private_pem, id_key.kid),
                                   auth::public_jwk(access_key.private_pem, access_key.kid)};
  for (const RetiredKey& key : retired) keys.push_back(key.jwk);
  return wire::JsonObject().add_json("keys", wire::json_list(keys)).text();
}

UserPool open_pool(Database& database, const Clock& clock, const std::string& region) {
  make_tables(database);
  auto stored = read_pool(database);
  UserPool pool = stored ? *std::move(stored) : make_pool(database, clock, region);
  pool.secret = keep_setting(database, "pool_secret", [] { return base64url(random_bytes(32)); });
  pool.service.id = keep_setting(database, "service_client_id", [] { return random_text(kLower, kClientIdLength); });
  pool.service.secret =
      keep_setting(database, "service_client_secret", [] { return random_text(kLower, kClientSecretLength); });
  return pool;
}

KeyPair make_keys() {
  return {make_key(), make_key()};
}

UserPool rotate_keys(Database& database, UserPool pool, KeyPair keys, std::int64_t until_ms) {
  Transaction transaction(database);
  Statement retire(database, "INSERT INTO cognito_retired_keys VALUES (?, ?, ?)");
  for (SigningKey* key : {&pool.id_key, &pool.access_key}) {
    pool.retired.push_back({auth::public_jwk(key->private_pem, key->kid), until_ms});
    retire.bind(1, key->kid).bind(2, pool.retired.back().jwk).bind(3, until_ms).run();
  }
  pool.id_key = std::move(keys.id_key);
  pool.access_key = std::move(keys.access_key);
  write_keys(database, pool);
  transaction.commit();
  return pool;
}

UserPool drop_retired_keys(Database& database, UserPool pool, std::int64_t now_ms) {
  Statement(database, "DELETE FROM cognito_retired_keys WHERE until_ms <= ?").bind(1, now_ms).run();
  std::erase_if(pool.retired, [&](const RetiredKey& key) { return key.until_ms <= now_ms; });
  return pool;
}

std::string read_setting(Database& database, std::string_view name, std::string_view fallback) {
  Statement row(database, "SELECT value FROM cognito_settings WHERE name = ?");
  return row.bind(1, name).step() ? row.text(0) : std::string(fallback);
}

void write_setting(Database& database, std::string_view name, std::string_view value) {
  Statement(database, "INSERT OR REPLACE INTO cognito_settings VALUES (?, ?)").bind(1, name).bind(2, value).run();
}

std::vector<std::string> read_custom_attributes(Database& database) {
  std::vector<std::string> names;
  const std::string text = read_setting(database, kCustomAttributes, kTestMarker);
  for (const std::string_view name : split(text, ' ')) names.emplace_back(name);
  return names;
}

void write_custom_attributes(Database& database, const std::vector<std::string>& names) {
  write_setting(database, kCustomAttributes, join(names, " "));
}

}  // namespace wsdeep::local
