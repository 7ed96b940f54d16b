#include "stack/checks/java_pattern.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

TEST(PatternProblem, IsNoneOfWhatJavaReads) {
  for (const char* pattern : {"", "[a-z]+", "^(?:a|b)*?$", "(?i)x{2,5}+", "[a-z&&[^aeiou]]", "[]a]", "[^]a]",
                              "\\Q(*[\\E+", "(?<name>a)\\k<name>", "\\p{Lower}{3}", "a\\(b", "[(]",
                              "(?=.*[0-9])(?!x).+", "x{3,}", "(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})", "|a"})
    EXPECT_EQ(pattern_problem(pattern), "") << pattern;
}

TEST(PatternProblem, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"(ab", "a group '(' is not closed"},
      {"a)b", "a ')' closes no group"},
      {"[a-z", "a class '[' is not closed"},
      {"[a[b]", "a class '[' is not closed"},
      {"ab\\", "it ends with a single '\\'"},
      {"*a", "there is nothing that '*' repeats"},
      {"(+a)", "there is nothing that '+' repeats"},
      {"a|?", "there is nothing that '?' repeats"},
      {"a**", "there is nothing that '*' repeats"},
      {"a{5,2}", "the repetition {5,2} ends before it begins"},
      {"a{x}", "a '{' begins no repetition such as {2,5}"},
      {"a{", "a '{' begins no repetition such as {2,5}"},
  };
  for (const auto& [pattern, problem] : cases) EXPECT_EQ(pattern_problem(pattern), problem) << pattern;
}

}  // namespace
}  // namespace wsdeep::stack
