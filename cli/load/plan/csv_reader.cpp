#include "load/plan/csv_reader.h"

#include <algorithm>

namespace wsdeep::load {

bool CsvReader::next(std::vector<CsvField>& fields) {
  fields.clear();
  while (line_end() > 0) at_ += line_end();
  if (at_end()) return false;
  fields.push_back(read_field());
  while (!at_end() && text_[at_] == ',') {
    ++at_;
    fields.push_back(read_field());
  }
  at_ += line_end();
  return true;
}

CsvField CsvReader::read_field() {
  if (!at_end() && text_[at_] == '"') return read_quoted();
  const std::size_t begin = at_;
  at_ = std::min(text_.find_first_of(",\n", at_), text_.size());
  const bool carriage_return = at_ > begin && text_[at_ - 1] == '\r' && (at_end() || text_[at_] == '\n');
  if (carriage_return) --at_;
  return {text_.substr(begin, at_ - begin), begin};
}

CsvField CsvReader::read_quoted() {
  const std::size_t begin = at_++;
  for (;;) {
    at_ = text_.find('"', at_);
    if (at_ == std::string_view::npos) throw file_.fault(begin, "a quote is opened here and never closed");
    ++at_;
    if (at_end() || text_[at_] != '"') break;
    ++at_;
  }
  const CsvField field{text_.substr(begin + 1, at_ - begin - 2), begin};
  if (!at_end() && text_[at_] != ',' && line_end() == 0)
    throw file_.fault(at_, "expected a comma or the end of the line behind a quote");
  return field;
}

std::size_t CsvReader::line_end() const {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("\r\n")) return 2;
  return rest.starts_with('\n') || rest == "\r" ? 1 : 0;
}

}  // namespace wsdeep::load
