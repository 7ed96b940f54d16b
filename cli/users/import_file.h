#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "users/user_reader.h"

namespace wsdeep::users {

/// What `wsdeep users import` was given: a file, or stdin, which is held in memory because it is read twice.
class ImportFile {
 public:
  /// `file` may be `-`. Throws Error{kUsage} when its name does not say what is in it, Error{kNotFound} when it cannot
  /// be read.
  explicit ImportFile(std::string file);

  /// From the beginning.
  std::unique_ptr<std::istream> open() const;
  UserFormat format() const { return format_; }
  /// For messages.
  const std::string& name() const { return name_; }
  /// What stays the same when the file is corrected: its absolute path, or `-`.
  std::string identity() const;
  /// Throws Error{kFailure} when the file is not what it was at first: what was checked is not what is read now.
  void require_unchanged() const;

 private:
  /// Tells one state of a file from another.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static std::optional<Stamp> stamp_of(const std::string& file);

  std::string file_;
  std::string name_;
  std::string text_;  ///< of stdin
  UserFormat format_ = UserFormat::kCsv;
  std::optional<Stamp> stamp_;  ///< nothing for stdin
};

/// The good records of an import, each name once. The second of two users whose names are the same to the pool, or
/// whose e-mail addresses are where it wants them unique, is a bad record.
class ImportReader {
 public:
  ImportReader(const ImportFile& file, const UserRules& rules);

  /// As UserReader::next; throws Error{kFailure} too when the file was changed meanwhile.
  std::optional<NewUser> next();
  std::uint64_t line() const { return reader_.line(); }

 private:
  std::optional<NewUser> read_next();
  using Lines = std::unordered_map<std::size_t, std::uint64_t>;  ///< hash of a value → line where it was
  void require_new(Lines& lines, const std::string& field, const std::string& value) const;

  const ImportFile& file_;
  std::unique_ptr<std::istream> in_;
  bool case_sensitive_;
  bool unique_emails_;
  UserReader reader_;
  Lines names_;
  Lines emails_;
};

}  // namespace wsdeep::users
