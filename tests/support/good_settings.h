#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/settings.h"

/// Settings with nothing wrong in them, and what is said of others that are made of them.
namespace wsdeep::stack {

inline constexpr std::string_view kGood = R"(project: chat
environments:
  dev:
    region: us-east-1
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)";

/// The good settings with one piece of text exchanged.
inline std::string with(std::string_view old_text, std::string_view new_text) {
  std::string text(kGood);
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

inline std::string plus(std::string_view more) {
  return std::string(kGood) + std::string(more);
}

inline std::string in_production(std::string text) {
  return text.replace(text.find("  dev:"), 6, "  production:");
}

inline std::string told(const std::string& text) {
  return render(parse_settings(text).diagnostics);
}

struct Wrong {
  std::string text;
  std::string message;  ///< a part of what is said; empty: nothing is
};

inline void expect_told(const std::vector<Wrong>& cases) {
  for (const Wrong& wrong : cases) {
    if (wrong.message.empty())
      EXPECT_EQ(told(wrong.text), "");
    else
      EXPECT_THAT(told(wrong.text), ::testing::HasSubstr(wrong.message)) << wrong.text;
  }
}

}  // namespace wsdeep::stack
