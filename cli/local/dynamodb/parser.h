#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "local/dynamodb/path.h"
#include "local/dynamodb/placeholders.h"
#include "wire/attribute_value.h"

namespace wsdeep::local {

struct Token {
  enum class Kind { kWord, kName, kValue, kInteger, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< a part of the expression; `#` and `:` included
};

/// What DynamoDB's expression languages share: tokens, document paths, placeholders and the form of the errors.
/// Every failure is the ApiFault ValidationException `Invalid EXPRESSION: cause`.
class ExpressionParser {
 public:
  /// `expression` names the request's member, such as `ConditionExpression`. `text` must outlive the parser.
  ExpressionParser(std::string_view text, std::string expression, Placeholders& placeholders);

  const Token& peek(std::size_t ahead = 0) const;
  Token take();
  /// How many tokens were taken.
  std::size_t position() const { return at_; }
  bool at_end() const { return peek().kind == Token::Kind::kEnd; }
  /// Also refuses a reserved word that stood for a name: DynamoDB tells of slips of syntax first.
  void expect_end() const;
  /// Symbols such as `(` and `<=`.
  bool at_symbol(std::string_view symbol) const;
  bool accept_symbol(std::string_view symbol);
  void expect_symbol(std::string_view symbol);
  /// Keywords in any case.
  bool at_keyword(std::string_view keyword) const;
  bool accept_keyword(std::string_view keyword);
  /// A word that is followed by `(`.
  bool at_function() const;

  Path parse_path();
  /// Takes a `:value` token.
  wire::AttributeValue parse_value();

  /// Counts a nested construct against the limits that keep the recursion shallow; pair with `leave`.
  void enter();
  void leave() { --depth_; }
  void count_operator();

  const std::string& expression() const { return expression_; }
  [[noreturn]] void fail(const std::string& cause) const;
  /// `Syntax error; token: "x", near: "a x b"` at the next token.
  [[noreturn]] void fail_syntax() const;
  [[noreturn]] void fail_operand_type(std::string_view function, const wire::AttributeValue& operand) const;
  [[noreturn]] void fail_operand_count(std::string_view function, std::size_t count) const;

 private:
  void read_tokens();
  Token next_token(std::size_t& at) const;
  bool is_own_keyword(std::string_view word) const;
  PathStep parse_name();

  std::string_view text_;
  std::string expression_;
  Placeholders& placeholders_;
  std::vector<Token> tokens_;
  std::string_view reserved_;  ///< the first one that was taken for a name
  std::size_t at_ = 0;
  int depth_ = 0;
  int operators_ = 0;
};

}  // namespace wsdeep::local
