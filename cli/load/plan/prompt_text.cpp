#include "load/plan/prompt_text.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "base/dice.h"
#include "load/turn/token_estimate.h"

namespace wsdeep::load {
namespace {

constexpr int kWordBits = 7;
/// Three letters in the mean, so that a word and its blank are a token's four bytes.
constexpr std::array<std::string_view, 1 << kWordBits> kPromptWords = {
    "able", "act",  "add", "age",  "ago",  "air",  "all",  "am",   "an",   "and",  "any",  "area", "arm",
    "art",  "as",   "ask", "at",   "away", "back", "bad",  "bag",  "ball", "bank", "bar",  "base", "bat",
    "be",   "bear", "bed", "best", "big",  "bird", "bit",  "blue", "boat", "body", "book", "box",  "boy",
    "bus",  "but",  "buy", "by",   "call", "can",  "cap",  "car",  "card", "cat",  "city", "cold", "cow",
    "cry",  "cup",  "cut", "day",  "do",   "dog",  "door", "down", "dry",  "due",  "each", "ear",  "east",
    "easy", "eat",  "egg", "end",  "eye",  "face", "far",  "few",  "fit",  "fix",  "fly",  "for",  "fun",
    "gas",  "get",  "go",  "gun",  "had",  "has",  "hat",  "he",   "her",  "hit",  "hot",  "how",  "ice",
    "if",   "in",   "is",  "it",   "its",  "job",  "joy",  "key",  "kid",  "law",  "leg",  "let",  "lie",
    "lot",  "low",  "man", "map",  "may",  "me",   "men",  "mix",  "my",   "new",  "no",   "nor",  "not",
    "now",  "of",   "off", "oil",  "on",   "or",   "so",   "to",   "up",   "us",   "we",
};

}  // namespace

void append_prompt_text(std::string& out, std::uint64_t seed, int tokens) {
  const std::size_t end = out.size() + static_cast<std::size_t>(tokens * kBytesPerToken);
  out.reserve(end + kBytesPerToken);
  LongDice dice(seed);
  while (out.size() < end) {
    std::uint64_t bits = dice.next();
    for (int word = 0; word < 64 / kWordBits; ++word, bits >>= kWordBits)
      out.append(kPromptWords[bits % kPromptWords.size()]).append(1, ' ');
  }
  out.resize(end);
  out.back() = ' ';
}

std::string prompt_text(std::uint64_t seed, int tokens) {
  std::string text;
  append_prompt_text(text, seed, tokens);
  text.back() = '?';
  return text;
}

}  // namespace wsdeep::load
