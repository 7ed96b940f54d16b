#include "auth/saved_login.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "auth/file_lock.h"
#include "auth/jwt.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

// {"version":1,"logins":[{"issuer","clientId","username","idToken","accessToken","refreshToken","expiresAt"},…]}, the
// one that was used last in front.

namespace wsdeep::auth {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMaxFile = 4 << 20;

void check_mode(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return;
  if (S_ISDIR(info.st_mode))
    throw Error(ErrorKind::kFailure, fmt::format("cannot keep logins in {}: it is a folder", file.string()),
                "move it away, and sign in again");
  if ((info.st_mode & 077) == 0) return;
  throw Error(ErrorKind::kFailure,
              fmt::format("refusing to use the saved logins in {}: others may read it (mode {:04o})", file.string(),
                          info.st_mode & 07777),
              fmt::format("run `chmod 600 {}`; if others had access, sign in again", file.string()));
}

SavedLogin login_from(const wire::JsonFields& fields) {
  return {fields.text("issuer"),      fields.text("clientId"),     fields.text("username"),    fields.text("idToken"),
          fields.text("accessToken"), fields.text("refreshToken"), fields.integer("expiresAt")};
}

std::vector<SavedLogin> parse_logins(const std::string& text) {
  const wire::Json document = wire::parse_json(text, "content");
  const wire::JsonFields fields(document);
  if (fields.integer("version") != kVersion) fields.fail("version", "not a version that this program knows");
  std::vector<SavedLogin> logins;
  for (const wire::Json& entry : fields.list("logins")) logins.push_back(login_from(wire::JsonFields(entry, "logins")));
  return logins;
}

std::vector<SavedLogin> load(const Files& files, const std::filesystem::path& file) {
  check_mode(file);
  const auto text = files.read(file, kMaxFile);
  if (!text) return {};
  try {
    return parse_logins(*text);
  } catch (const Error& error) {
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot read the saved logins in {}: {}; nothing was changed", file.string(), error.what()),
                fmt::format("move {} away and sign in again", file.string()));
  }
}

std::string to_json(const SavedLogin& login) {
  return wire::JsonObject()
      .add("issuer", login.issuer)
      .add("clientId", login.client_id)
      .add("username", login.username)
      .add("idToken", login.id_token)
      .add("accessToken", login.access_token)
      .add("refreshToken", login.refresh_token)
      .add("expiresAt", login.expires_at)
      .text();
}

void store(Files& files, const std::filesystem::path& file, const std::vector<SavedLogin>& logins) {
  std::vector<std::string> entries;
  for (const SavedLogin& login : logins) entries.push_back(to_json(login));
  const std::string text =
      wire::JsonObject().add("version", kVersion).add_json("logins", wire::json_list(entries)).text() + "\n";
  files.write(file, text, 0600);
}

bool is_user(const SavedLogin& login, const std::string& username) {
  if (iequals(login.username, username)) return true;
  const auto token = read_token(login.id_token);
  return token && !token->claims.email.empty() && iequals(token->claims.email, username);
}

/// True when there was one.
bool erase(std::vector<SavedLogin>& logins, const std::string& issuer, const std::string& client_id,
           const std::string& username) {
  return std::erase_if(logins, [&](const SavedLogin& login) {
           return login.issuer == issuer && login.client_id == client_id && login.username == username;
         }) > 0;
}

}  // namespace

LoginStore::LoginStore(Files& files, std::filesystem::path file) : files_(files), file_(std::move(file)) {}

std::optional<SavedLogin> LoginStore::find(const std::string& issuer, const std::string& client_id,
                                           const std::string& username) const {
  for (SavedLogin& login : all())
    if (login.issuer == issuer && login.client_id == client_id && (username.empty() || is_user(login, username)))
      return std::move(login);
  return std::nullopt;
}

std::vector<SavedLogin> LoginStore::all() const {
  return load(files_, file_);
}

void LoginStore::save(const SavedLogin& login) {
  const FileLock lock(file_.string() + ".lock");
  std::vector<SavedLogin> logins = all();
  erase(logins, login.issuer, login.client_id, login.username);
  logins.insert(logins.begin(), login);
  store(files_, file_, logins);
}

bool LoginStore::remove(const std::string& issuer, const std::string& client_id, const std::string& username) {
  const FileLock lock(file_.string() + ".lock");
  std::vector<SavedLogin> logins = all();
  if (!erase(logins, issuer, client_id, username)) return false;
  store(files_, file_, logins);
  return true;
}

}  // namespace wsdeep::auth
