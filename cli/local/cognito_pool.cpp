#include "local/cognito_pool.h"

#include <fmt/format.h>

#include <optional>

#include "auth/jwt.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kMixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

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
      "private_pem TEXT NOT NULL)");
}

std::optional<UserPool> read_pool(Database& database) {
  Statement row(database, "SELECT id, client_id, created_ms FROM cognito_pool");
  if (!row.step()) return std::nullopt;
  UserPool pool{row.text(0), row.text(1), row.integer(2), {}, {}};
  Statement keys(database, "SELECT token_use, kid, private_pem FROM cognito_keys");
  while (keys.step()) (keys.bytes(0) == "id" ? pool.id_key : pool.access_key) = {keys.text(1), keys.text(2)};
  if (pool.id_key.kid.empty() || pool.access_key.kid.empty())
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot use {}: the user pool's signing keys are missing", database.path().string()),
                "move the file away to start with a new pool");
  return pool;
}

void write_pool(Database& database, const UserPool& pool) {
  Transaction transaction(database);
  Statement(database, "INSERT INTO cognito_pool VALUES (?, ?, ?)")
      .bind(1, pool.id)
      .bind(2, pool.client_id)
      .bind(3, pool.created_ms)
      .run();
  Statement insert(database, "INSERT INTO cognito_keys (token_use, kid, private_pem) VALUES (?, ?, ?)");
  insert.bind(1, "id").bind(2, pool.id_key.kid).bind(3, pool.id_key.private_pem).run();
  insert.bind(1, "access").bind(2, pool.access_key.kid).bind(3, pool.access_key.private_pem).run();
  transaction.commit();
}

}  // namespace

std::string UserPool::jwks() const {
  return fmt::format(R"({{"keys":[{},{}]}})", auth::public_jwk(id_key.private_pem, id_key.kid),
                     auth::public_jwk(access_key.private_pem, access_key.kid));
}

UserPool open_pool(Database& database, const Clock& clock, const std::string& region) {
  make_tables(database);
  if (auto pool = read_pool(database)) return *std::move(pool);
  const UserPool pool{region + "_" + random_text(kMixed, 9), random_text(kLower, 26), epoch_ms(clock.now()), make_key(),
                      make_key()};
  write_pool(database, pool);
  return pool;
}

}  // namespace wsdeep::local
