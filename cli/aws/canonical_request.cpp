#include "aws/canonical_request.h"

#include <algorithm>

#include "base/text.h"

namespace wsdeep::aws {
namespace {

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

void append_value(std::string& out, std::string_view value) {
  const std::size_t start = out.size();
  bool gap = false;
  for (const char c : value) {
    if (is_blank(c)) {
      gap = out.size() > start;
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
}

/// `fields` must be in order; the values of a repeated name are joined.
void append_headers(std::string& out, const std::vector<SignedField>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool repeated = i > 0 && fields[i].first == fields[i - 1].first;
    if (repeated) {
      out.back() = ',';
    } else {
      out += fields[i].first;
      out += ':';
    }
    append_value(out, fields[i].second);
    out += '\n';
  }
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '-' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' ||
                       c == '~';  // '-' to '9' holds '.', '/' and the digits
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
}

/// RFC 3986 §5.2.4, and repeated slashes made one.
std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : split(path, '/')) {
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  return kept;
}

void append_path(std::string& out, std::string_view path, bool as_sent) {
  if (path.empty()) {
    out += '/';
  } else if (as_sent) {
    out += path;
  } else if (path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos) {
    append_encoded(out, path);
  } else {
    const auto segments = path_segments(path);
    for (const std::string_view segment : segments) {
      out += '/';
      append_encoded(out, segment);
    }
    if (segments.empty() || path.ends_with('/')) out += '/';
  }
}

void append_query(std::string& out, std::string_view query) {
  if (query.empty()) return;
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    const bool bare = equals == std::string_view::npos;
    pairs.emplace_back(pair.substr(0, equals), bare ? std::string_view() : pair.substr(equals + 1));
  }
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [name, value] : pairs) {
    out += name;
    out += '=';
    out += value;
    out += '&';
  }
  out.pop_back();
}

}  // namespace

std::string names_of(const std::vector<SignedField>& fields) {
  std::string names;
  names.reserve(128);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0 && fields[i].first == fields[i - 1].first) continue;
    if (!names.empty()) names += ';';
    names += fields[i].first;
  }
  return names;
}

std::string canonical_request(std::string_view method, std::string_view target, const std::vector<SignedField>& fields,
                              std::string_view names, std::string_view payload_hash, bool path_as_sent) {
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  std::string out;
  out.reserve(1024 + target.size());
  for (const char c : method) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  out += '\n';
  append_path(out, target.substr(0, mark), path_as_sent);
  out += '\n';
  append_query(out, mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  out += '\n';
  append_headers(out, fields);
  out += '\n';
  out += names;
  out += '\n';
  out += payload_hash;
  return out;
}

}  // namespace wsdeep::aws
