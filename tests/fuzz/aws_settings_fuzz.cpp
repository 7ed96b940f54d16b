// Any bytes as ~/.aws/config and, behind a line `-- credentials`, as ~/.aws/credentials: settings or a refusal that can
// be shown, never a crash; and an endpoint is a URL of HTTP, whatever the files say.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/call_settings.h"
#include "base/error.h"
#include "base/url.h"
#include "fuzz/target.h"

namespace aws_settings_fuzz {
namespace {

using namespace wsdeep;

class TwoFiles final : public Files {
 public:
  TwoFiles(std::string_view config, std::string_view credentials) : config_(config), credentials_(credentials) {}
  std::optional<std::string> read(const std::filesystem::path& path, std::size_t) const override {
    return std::string(path == "/c" ? config_ : credentials_);
  }
  void write(const std::filesystem::path&, std::string_view, mode_t) override { std::abort(); }
  bool remove(const std::filesystem::path&) override { std::abort(); }

 private:
  std::string_view config_, credentials_;
};

void check_endpoint(const aws::CallSettings& calls, const char* id, const char* prefix) {
  try {
    const std::string scheme = parse_url(calls.endpoint(id, prefix, "us-east-1")).scheme;
    if (scheme != "http" && scheme != "https") std::abort();
  } catch (const Error&) {
    // Refused: told with its line.
  }
}

void read_profile(const Files& files, const char* profile) {
  const Env env(std::map<std::string, std::string, std::less<>>{
      {"HOME", "/h"}, {"AWS_CONFIG_FILE", "/c"}, {"AWS_SHARED_CREDENTIALS_FILE", "/k"}});
  try {
    const auto calls = aws::CallSettings::load(env, files, profile);
    check_endpoint(calls, "S3", "s3");
    check_endpoint(calls, "COGNITO_IDENTITY_PROVIDER", "cognito-idp");
    calls.region();
    calls.ca_file();
    calls.max_attempts();
  } catch (const Error& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
}

}  // namespace

FUZZ_TARGET(aws_settings_fuzz) {
  constexpr std::string_view kMark = "\n-- credentials\n";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t mark = text.find(kMark);
  const TwoFiles files(text.substr(0, mark),
                       mark == std::string_view::npos ? std::string_view() : text.substr(mark + kMark.size()));
  for (const char* profile : {"", "dev", "my name"}) read_profile(files, profile);
  return 0;
}

}  // namespace aws_settings_fuzz
