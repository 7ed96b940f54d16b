#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/cognito.h"
#include "users/new_user.h"

namespace wsdeep::users {

enum class UserFormat { kCsv, kJsonLines };

/// What the pool asks of its users.
struct UserRules {
  aws::PasswordPolicy password;
  bool case_sensitive = true;  ///< of names and e-mail addresses
  bool unique_emails = false;
  std::function<bool(const std::string& group)> has_group{};  ///< nothing: groups are not checked
};

/// Reads users one at a time, so that a file of any length takes the memory of one record (64 KiB at most).
///
/// CSV (RFC 4180; UTF-8, with or without a byte order mark; LF or CRLF) starts with a line of column names: `username`,
/// and any of `password`, `groups` (several with `;` between them), `temporary` (`true` or `false`), Cognito's
/// attributes such as `email`, and `custom:…`. An empty field counts as missing. JSON lines are one object each, with
/// the same names; `groups` is a list there, and further attributes may stand in an object `attributes`.
class UserReader {
 public:
  /// `name` is the file's, for messages.
  UserReader(std::istream& in, std::string name, UserFormat format, UserRules rules);

  /// The next user, or nothing at the end. Throws Error{kUsage} `NAME:LINE:COLUMN: cause` for a record that is wrong;
  /// the next call goes on behind it. No message quotes a password.
  std::optional<NewUser> next();
  /// Where the record begins that was read last.
  std::uint64_t line() const { return record_line_; }
  /// `NAME:LINE:COLUMN: cause`, where that field of the record stands that was read last.
  Error fault_in(const std::string& field, const std::string& cause) const;

 private:
  struct Field {
    std::string text;
    std::uint64_t line = 1;
    std::size_t column = 1;  ///< in characters, from 1
  };
  using Record = std::vector<Field>;

  int take();
  std::optional<Record> read_record();
  void read_quoted(Field& field);
  void skip_record();
  void read_column_names();
  NewUser user_of(const Record& record);
  std::optional<NewUser> next_json();
  NewUser user_of_json(const std::string& line);
  void set_value(NewUser& user, const std::string& name, const Field& value);
  void set_groups(NewUser& user, const Field& value) const;
  void check_attribute(const std::string& name, const Field& value) const;
  void check(const NewUser& user, const Field& at) const;
  Error fault(std::uint64_t line, std::size_t column, const std::string& cause) const;
  Error fault_at(const Field& field, const std::string& cause) const;

  std::istream& in_;
  std::string name_;
  UserFormat format_;
  UserRules rules_;
  std::vector<std::string> columns_;
  std::uint64_t line_ = 1;
  std::size_t column_ = 1;
  std::uint64_t record_line_ = 1;
  std::size_t record_bytes_ = 0;
  Field record_end_;
  std::map<std::string, Field> fields_;  ///< of the record that was read last, without their texts
};

/// True for an attribute that every pool has, and for `custom:…`.
bool is_attribute_name(std::string_view name);
/// 1 to 128 characters, and no blanks.
bool is_username(const std::string& name);
/// Something, @, and a domain; no blanks. Whether anybody is there, only a message would tell.
bool is_email(std::string_view text);
/// `+` and up to 15 digits (E.164).
bool is_phone_number(std::string_view text);
/// Why no pool takes this value for the attribute; empty: it may.
std::string attribute_fault(std::string_view name, std::string_view value);

}  // namespace wsdeep::users
