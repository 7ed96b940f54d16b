#include "users/import_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/display.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::users {
namespace {

constexpr std::size_t kMaxStdin = 256 << 20;

UserFormat format_of(const std::string& file) {
  const std::string extension = to_lower(std::filesystem::path(file).extension().string());
  if (extension == ".csv") return UserFormat::kCsv;
  if (extension == ".jsonl" || extension == ".ndjson") return UserFormat::kJsonLines;
  throw Error(ErrorKind::kUsage, fmt::format("cannot tell what is in '{}'", file), "name it .csv or .jsonl");
}

UserFormat format_of_text(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return trim(text).starts_with('{') ? UserFormat::kJsonLines : UserFormat::kCsv;
}

std::string read_stdin() {
  std::string text;
  char block[65536];
  while (std::cin.read(block, sizeof block) || std::cin.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kMaxStdin)
      throw Error(ErrorKind::kUsage, fmt::format("more than {} on stdin", human_bytes(kMaxStdin)),
                  "put it into a file and pass that");
  }
  return text;
}

void require_file(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: it is a folder", file),
                "pass a file of CSV or JSON lines");
  if (!std::filesystem::exists(file, ignored))
    throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: no such file", file));
}

}  // namespace

ImportFile::ImportFile(std::string file) : file_(std::move(file)), name_(file_ == "-" ? "stdin" : file_) {
  if (file_ == "-") {
    text_ = read_stdin();
    format_ = format_of_text(text_);
  } else {
    require_file(file_);
    format_ = format_of(file_);
    stamp_ = stamp_of(file_);
    open();
  }
}

std::unique_ptr<std::istream> ImportFile::open() const {
  if (file_ == "-") return std::make_unique<std::istringstream>(text_);
  auto in = std::make_unique<std::ifstream>(file_, std::ios::binary);
  if (!*in || !std::filesystem::is_regular_file(file_))
    throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}", file_), "check what it is and who may read it");
  return in;
}

std::optional<ImportFile::Stamp> ImportFile::stamp_of(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return Stamp{info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec};
}

void ImportFile::require_unchanged() const {
  if (file_ != "-" && stamp_of(file_) != stamp_)
    throw Error(ErrorKind::kFailure, fmt::format("{} was changed while it was read", name_),
                "let whatever writes it end, and run the same command again to go on");
}

std::string ImportFile::identity() const {
  return file_ == "-" ? file_ : std::filesystem::absolute(file_).lexically_normal().string();
}

ImportReader::ImportReader(const ImportFile& file, const UserRules& rules)
    : file_(file),
      in_(file.open()),
      case_sensitive_(rules.case_sensitive),
      unique_emails_(rules.unique_emails),
      reader_(*in_, file.name(), file.format(), rules) {}

std::optional<NewUser> ImportReader::next() {
  auto user = read_next();
  file_.require_unchanged();
  if (!user) return user;
  require_new(names_, "username", user->username);
  if (const auto email = user->attributes.find("email"); unique_emails_ && email != user->attributes.end())
    require_new(emails_, "email", email->second);
  return user;
}

/// What looks like a bad record may be two halves.
std::optional<NewUser> ImportReader::read_next() {
  try {
    return reader_.next();
  } catch (const Error&) {
    file_.require_unchanged();
    throw;
  }
}

void ImportReader::require_new(Lines& lines, const std::string& field, const std::string& value) const {
  const std::string key = case_sensitive_ ? value : to_lower(value);
  const auto [found, is_new] = lines.emplace(std::hash<std::string>()(key), reader_.line());
  if (is_new) return;
  const std::string what = field == "username" ? "user" : "e-mail address";
  throw reader_.fault_in(field, fmt::format("{} '{}' comes twice: see line {}{}", what, value, found->second,
                                            case_sensitive_ ? "" : " (the pool does not tell upper from lower case)"));
}

}  // namespace wsdeep::users
