#include <fmt/format.h>

#include "support/engine_answers.h"

namespace wsdeep::llm {
namespace {

using namespace engine_answers;

TEST(EngineAnswers, SayTheSameInTwoPieces) {
  for (const Expected& expected : read_table()) {
    const Recorded answer = recorded(expected.name);
    const std::int64_t tokens = read(answer, {}).tokens;
    for (std::size_t cut = 0; cut <= answer.body.size() && !HasFailure(); ++cut) {
      const Read got = read(answer, {cut});
      expect(expected, got, fmt::format(", cut at {}", cut));
      EXPECT_EQ(got.tokens, tokens) << expected.name << ", cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace wsdeep::llm
