#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string_view>

namespace wsdeep::llm {

/// What a sample is, and so what replicas that tell of it come to together: counts add up, of shares the highest
/// counts.
enum class SampleKind { kCount, kShare };
/// Whether a page's samples of that name are wanted.
using KindOf = std::function<std::optional<SampleKind>(std::string_view name)>;
/// By name, in the page's own text. Nothing: what cannot be a measure (not a number, negative, endless, a share above
/// 1).
using PageValues = std::map<std::string_view, std::optional<double>>;

/// True when the text may be Prometheus's exposition: its first line that is no comment is a sample.
bool is_exposition(std::string_view page);

/// What a page of metrics says of the things that are wanted, over all labels.
PageValues read_values(std::string_view page, const KindOf& kind_of);

}  // namespace wsdeep::llm
