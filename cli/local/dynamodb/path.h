#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "wire/attribute_value.h"

namespace wsdeep::local {

/// One step of a document path: the attribute `name`, or the list element `[index]`.
using PathStep = std::variant<std::string, std::size_t>;
/// `a.b[0]` as [a, b, 0]; the first step is always a name.
using Path = std::vector<PathStep>;

/// `[a, b, [0]]`, as DynamoDB's messages show a path.
std::string text_of(const Path& path);

/// The value at `path`; null when there is none.
const wire::AttributeValue* find(const wire::AttributeMap& item, const Path& path);

/// `item` reduced to what `paths` name; chosen list elements move together in their order.
wire::AttributeMap project(const wire::AttributeMap& item, const std::vector<Path>& paths);

/// How two paths of one expression stand to each other.
enum class PathRelation {
  kDistinct,
  kOverlap,   ///< one lies within the other, or they are the same
  kConflict,  ///< one takes a value for a map and the other takes it for a list
};
PathRelation relate(const Path& a, const Path& b);
/// Throws the ApiFault ValidationException `Invalid EXPRESSION: Two document paths overlap…` (or conflict).
void require_distinct(const std::vector<Path>& paths, const std::string& expression);

}  // namespace wsdeep::local
