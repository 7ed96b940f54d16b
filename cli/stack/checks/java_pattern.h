#pragma once

#include <string>
#include <string_view>

namespace wsdeep::stack {

/// What makes `pattern` no regular expression of Java, whose dialect CloudFormation's patterns are in; empty when
/// nothing does. Groups, classes, escapes and repetitions are looked at; what else Java refuses passes.
std::string pattern_problem(std::string_view pattern);

}  // namespace wsdeep::stack
