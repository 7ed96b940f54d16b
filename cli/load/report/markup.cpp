#include "load/report/markup.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/printable.h"

namespace wsdeep::load {
namespace {

/// Behind these no line is broken: a blank there would be seen.
constexpr std::array<std::string_view, 2> kInlineTags = {"span", "small"};

}  // namespace

std::string html_escaped(std::string_view words) {
  return html_escape(printable(words));
}

void Markup::begin(std::string_view tag, const Attributes& attributes) {
  text_ += '<';
  text_ += tag;
  for (const auto& [name, value] : attributes) {
    text_ += ' ';
    text_ += name;
    text_ += "=\"";
    text_ += html_escaped(value);
    text_ += '"';
  }
  text_ += '>';
}

void Markup::end(std::string_view tag) {
  text_ += "</";
  text_ += tag;
  text_ += '>';
  if (std::find(kInlineTags.begin(), kInlineTags.end(), tag) == kInlineTags.end()) text_ += '\n';
}

Markup::Open Markup::open(std::string_view tag, const Attributes& attributes) {
  begin(tag, attributes);
  return {*this, tag};
}

void Markup::text(std::string_view words) {
  text_ += html_escaped(words);
}

void Markup::element(std::string_view tag, std::string_view words, const Attributes& attributes) {
  begin(tag, attributes);
  text(words);
  end(tag);
}

void Markup::empty(std::string_view tag, const Attributes& attributes) {
  begin(tag, attributes);
  text_ += '\n';
}

}  // namespace wsdeep::load
