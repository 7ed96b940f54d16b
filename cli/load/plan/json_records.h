#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "load/plan/source_file.h"

/// A private header of this room: include it in .cpp files only (nlohmann's header is large).
namespace wsdeep::load {

/// One object of a file of objects.
class JsonRecord {
 public:
  JsonRecord(const SourceFile& file, std::string_view text);

  const nlohmann::json& json() const { return json_; }
  /// In the file.
  std::size_t begin() const;
  /// The member `name`; nullptr when it is missing or null.
  const nlohmann::json* find(std::string_view name) const;
  /// Required: a whole number of that range; any number; a list. All faults name the place of the member.
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high) const;
  double number(std::string_view name) const;
  const nlohmann::json& list(std::string_view name) const;
  /// `NAME:LINE:COLUMN: cause`, where the member's name stands first in the record; else where the record begins.
  Error fault(std::string_view name, const std::string& cause) const;

 private:
  const nlohmann::json& require(std::string_view name, std::string_view expected) const;

  const SourceFile& file_;
  std::string_view text_;
  nlohmann::json json_;
};

/// The objects in a file, one after another, so that only one of them is in memory as a document: the elements of a
/// list when the file begins with `[`, else one on each line. Throws Error{kUsage} with line and column for what is no
/// JSON, no object, or nested too deeply.
class JsonRecords {
 public:
  explicit JsonRecords(const SourceFile& file);
  std::optional<JsonRecord> next();

 private:
  std::optional<std::string_view> next_line();
  std::optional<std::string_view> next_element();
  void open_list();
  void close_list();
  std::size_t skip_blanks(std::size_t at) const;
  std::size_t end_of_value(std::size_t from, std::string_view ends) const;

  const SourceFile& file_;
  std::string_view text_;
  std::size_t at_ = 0;
  bool is_list_ = false;
  bool closed_ = false;
};

}  // namespace wsdeep::load
