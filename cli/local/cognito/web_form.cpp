#include "local/cognito/web_form.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "net/form.h"

namespace wsdeep::local {
namespace {

constexpr std::size_t kMaxBytes = 16 << 10, kMaxFields = 32, kMaxFieldBytes = 4 << 10;

bool is_clean(std::string_view text) {
  return text.size() <= kMaxFieldBytes && is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
         });
}

}  // namespace

std::optional<WebForm> WebForm::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return std::nullopt;
  auto fields = net::decode_form(text);
  if (!fields || fields->size() > kMaxFields) return std::nullopt;
  WebForm form;
  for (auto& [name, value] : *fields) {
    if (name.empty() || !is_clean(name) || !is_clean(value)) return std::nullopt;
    if (!form.fields_.emplace(std::move(name), std::move(value)).second) return std::nullopt;
  }
  return form;
}

const std::string& WebForm::text(std::string_view name) const {
  static const std::string kMissing;
  const auto found = fields_.find(name);
  return found == fields_.end() ? kMissing : found->second;
}

}  // namespace wsdeep::local
