#include "local/dynamodb/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"
#include "local/api/fault.h"
#include "local/dynamodb/reserved_words.h"
#include "local/dynamodb/value.h"

namespace wsdeep::local {
namespace {

constexpr std::size_t kMaxExpressionBytes = 4096;
constexpr int kMaxOperators = 300;
constexpr int kMaxDepth = 300;
constexpr std::size_t kMaxPathSteps = 32;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

template <typename Predicate>
std::size_t end_of(std::string_view text, std::size_t from, Predicate belongs) {
  while (from < text.size() && belongs(text[from])) ++from;
  return from;
}

/// Bytes of the symbol at the start of `text`; a whole UTF-8 sequence for what is no symbol at all, so that an error
/// that quotes it stays well-formed.
std::size_t symbol_size(std::string_view text) {
  for (const std::string_view two : {"<>", "<=", ">="})
    if (text.starts_with(two)) return 2;
  return end_of(text, 1, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; });
}

}  // namespace

ExpressionParser::ExpressionParser(std::string_view text, std::string expression, Placeholders& placeholders)
    : text_(text), expression_(std::move(expression)), placeholders_(placeholders) {
  if (text.size() > kMaxExpressionBytes)
    fail(fmt::format("Expression size has exceeded the maximum allowed size; expression size: {}", text.size()));
  read_tokens();
  if (at_end()) fail("The expression can not be empty;");
}

void ExpressionParser::read_tokens() {
  for (std::size_t at = 0; tokens_.empty() || tokens_.back().kind != Token::Kind::kEnd;)
    tokens_.push_back(next_token(at));
}

Token ExpressionParser::next_token(std::size_t& at) const {
  using Kind = Token::Kind;
  const std::size_t start = end_of(text_, at, is_blank);
  if (start == text_.size()) return {Kind::kEnd, text_.substr(start)};
  const char first = text_[start];
  Kind kind = Kind::kSymbol;
  if (is_letter(first)) {
    kind = Kind::kWord;
    at = end_of(text_, start, is_word);
  } else if (is_digit(first)) {
    kind = Kind::kInteger;
    at = end_of(text_, start, is_digit);
  } else if (first == '#' || first == ':') {
    at = end_of(text_, start + 1, is_word);
    if (at > start + 1) kind = first == '#' ? Kind::kName : Kind::kValue;
  } else {
    at = start + symbol_size(text_.substr(start));
  }
  return {kind, text_.substr(start, at - start)};
}

const Token& ExpressionParser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token ExpressionParser::take() {
  const Token token = peek();
  if (!at_end()) ++at_;
  return token;
}

bool ExpressionParser::at_symbol(std::string_view symbol) const {
  return peek().kind == Token::Kind::kSymbol && peek().text == symbol;
}

bool ExpressionParser::accept_symbol(std::string_view symbol) {
  const bool found = at_symbol(symbol);
  if (found) take();
  return found;
}

void ExpressionParser::expect_symbol(std::string_view symbol) {
  if (!accept_symbol(symbol)) fail_syntax();
}

void ExpressionParser::expect_end() const {
  if (!at_end()) fail_syntax();
  if (!reserved_.empty()) fail(fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", reserved_));
}

bool ExpressionParser::at_keyword(std::string_view keyword) const {
  return peek().kind == Token::Kind::kWord && iequals(peek().text, keyword);
}

bool ExpressionParser::accept_keyword(std::string_view keyword) {
  const bool found = at_keyword(keyword);
  if (found) take();
  return found;
}

bool ExpressionParser::at_function() const {
  return peek().kind == Token::Kind::kWord && peek(1).kind == Token::Kind::kSymbol && peek(1).text == "(";
}

/// The words of the expression's own language: where a name is expected they are no name to refuse, but a slip.
bool ExpressionParser::is_own_keyword(std::string_view word) const {
  const bool update = expression_ == "UpdateExpression", projection = expression_ == "ProjectionExpression";
  for (const char* keyword : {"SET", "REMOVE", "ADD", "DELETE"})
    if (update && iequals(word, keyword)) return true;
  for (const char* keyword : {"AND", "OR", "NOT", "BETWEEN", "IN"})
    if (!update && !projection && iequals(word, keyword)) return true;
  return false;
}

PathStep ExpressionParser::parse_name() {
  const Token& token = peek();
  if (token.kind == Token::Kind::kWord) {
    if (is_own_keyword(token.text)) fail_syntax();
    if (reserved_.empty() && is_reserved_word(token.text)) reserved_ = token.text;
    return std::string(take().text);
  }
  if (token.kind != Token::Kind::kName) fail_syntax();
  const std::string* name = placeholders_.name(token.text);
  if (name == nullptr)
    fail(fmt::format("An expression attribute name used in the document path is not defined; attribute name: {}",
                     token.text));
  take();
  return *name;
}

Path ExpressionParser::parse_path() {
  Path path{parse_name()};
  for (;;) {
    if (accept_symbol(".")) {
      path.push_back(parse_name());
    } else if (accept_symbol("[")) {
      if (peek().kind != Token::Kind::kInteger) fail_syntax();
      const auto index = parse_integer(peek().text, 0, 1'000'000'000);
      if (!index) fail(fmt::format("List index is not within the allowable range; index: [{}]", peek().text));
      take();
      path.emplace_back(std::in_place_type<std::size_t>, static_cast<std::size_t>(*index));
      expect_symbol("]");
    } else {
      return path;
    }
    if (path.size() > kMaxPathSteps)
      fail(fmt::format("The document path has too many nesting elements; nesting level: {}", path.size()));
  }
}

wire::AttributeValue ExpressionParser::parse_value() {
  if (peek().kind != Token::Kind::kValue) fail_syntax();
  const wire::AttributeValue* value = placeholders_.value(peek().text);
  if (value == nullptr)
    fail(fmt::format("An expression attribute value used in expression is not defined; attribute value: {}",
                     peek().text));
  take();
  return *value;
}

void ExpressionParser::enter() {
  if (++depth_ > kMaxDepth) fail("The expression is nested too deeply;");
}

void ExpressionParser::count_operator() {
  if (++operators_ > kMaxOperators)
    fail(fmt::format("The expression contains more than the maximum allowed operators; maximum: {}", kMaxOperators));
}

void ExpressionParser::fail(const std::string& cause) const {
  throw validation_fault(fmt::format("Invalid {}: {}", expression_, cause));
}

void ExpressionParser::fail_syntax() const {
  const Token& before = at_ == 0 ? peek() : tokens_[at_ - 1];
  const Token& after = peek(1);
  const char* start = before.text.data();
  const std::string_view near(start, static_cast<std::size_t>(after.text.data() + after.text.size() - start));
  fail(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", at_end() ? "<EOF>" : peek().text, near));
}

void ExpressionParser::fail_operand_type(std::string_view function, const wire::AttributeValue& operand) const {
  fail(fmt::format("Incorrect operand type for operator or function; operator or function: {}, operand type: {}",
                   function, type_of(operand)));
}

void ExpressionParser::fail_operand_count(std::string_view function, std::size_t count) const {
  fail(fmt::format(
      "Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}",
      function, count));
}

}  // namespace wsdeep::local
