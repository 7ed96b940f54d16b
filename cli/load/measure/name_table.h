#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsdeep::load {

/// Numbers for names that a peer gives. Peers are not trusted: of a name the first 200 bytes count, and beyond a bound
/// all further names are one, `others`.
class NameTable {
 public:
  NameTable(std::size_t most, std::string others) : most_(most), others_(std::move(others)) {}

  std::uint16_t number_of(std::string_view name) {
    name = name.substr(0, kLongest);
    if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
    if (names_.size() >= most_) name = others_;
    const auto [added, fresh] = numbers_.try_emplace(std::string(name), static_cast<std::uint16_t>(names_.size()));
    if (fresh) names_.push_back(added->first);
    return added->second;
  }
  const std::string& name(std::size_t number) const { return names_[number]; }
  std::size_t size() const { return names_.size(); }

 private:
  static constexpr std::size_t kLongest = 200;

  std::size_t most_;
  std::string others_;
  std::map<std::string, std::uint16_t, std::less<>> numbers_;
  std::vector<std::string> names_;
};

}  // namespace wsdeep::load
