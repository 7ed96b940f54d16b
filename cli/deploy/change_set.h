#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "aws/cloudformation.h"

/// A change set as people read it.
namespace wsdeep::deploy {

/// SGR sequences for a terminal; empty ones leave the text as it is.
struct ChangeStyle {
  std::string add;
  std::string modify;
  std::string danger;  ///< replacements and removals
  std::string dim;
  std::size_t columns = 0;  ///< long values are cut to fit; 0: never
};

/// What becomes of a resource.
enum class Fate { kAdd, kModify, kMayReplace, kReplace, kRemove };
Fate fate_of(const aws::ResourceChange& change);
/// Whether what is removed or replaced stays in the account, outside of the stack: its DeletionPolicy, or its
/// UpdateReplacePolicy, is Retain.
bool is_kept(const aws::ResourceChange& change);

/// What is gone for good when a resource of that type is replaced or removed, such as "its users and their passwords";
/// empty for one that holds nothing of its own.
std::string loss_of(const std::string& type);

/// `2 to add, 1 to change, 1 to replace`
std::string summary_of(const std::vector<aws::ResourceChange>& changes);

/// One block for each resource, each property with its value before and after. What replaces or removes stands last,
/// nearest to the question, and says what will be lost.
std::string render_changes(const std::vector<aws::ResourceChange>& changes, const ChangeStyle& style);
/// The attribute of a PropertyChange that is none: its value, `after`, is shown without an arrow.
inline constexpr const char* kUnchanged = "unchanged";
/// `  path  before → after`, one line each.
std::string render_properties(const std::vector<aws::PropertyChange>& properties, const ChangeStyle& style);

}  // namespace wsdeep::deploy
