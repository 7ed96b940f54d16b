#include "commands/chat/room_text.h"

#include <fmt/format.h>

#include <functional>
#include <string_view>
#include <vector>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/chat/sgr.h"

namespace wsdeep::commands {
namespace {

/// Those that are read well on light and on dark.
constexpr std::string_view kColours[] = {"31", "32", "33", "34", "35", "36"};

std::string names_of(const std::vector<wire::Occupant>& members) {
  std::vector<std::string> names;
  for (const wire::Occupant& member : members) names.push_back(printable(member.name));
  return join(names, ", ");
}

}  // namespace

std::string RoomText::name(const std::string& name, const std::string& user_id) const {
  const std::string_view sgr =
      user_id.empty() ? kBold : kColours[std::hash<std::string>{}(user_id) % std::size(kColours)];
  return console_.style_out(sgr, printable(name));
}

std::string RoomText::said(const session::RoomSaid& said) const {
  const std::string text = strip_control(said.text);
  const std::string whole =
      fmt::format("{}{}: {}", name(said.name, said.sender), said.to_me ? console_.style_out(kDim, " (to you)") : "",
                  said.earlier ? console_.style_out(kDim, text) : text);
  std::vector<std::string> lines;
  for (const std::string_view line : split(whole, '\n'))
    lines.push_back(wrap(line, static_cast<std::size_t>(console_.columns()), 0));
  return join(lines, "\n");
}

std::string RoomText::presence(const wire::Presence& presence) const {
  const std::string names = names_of(presence.members);
  if (presence.event == wire::Presence::Event::kJoin) return console_.style_out(kDim, names + " came");
  if (presence.event == wire::Presence::Event::kLeave) return console_.style_out(kDim, names + " left");
  const auto more = presence.count - static_cast<std::int64_t>(presence.members.size());
  return console_.style_out(kDim, fmt::format("in {}: {}{}", printable(presence.room), names,
                                              more > 0 ? fmt::format(" and {} more", more) : ""));
}

std::string RoomNames::user(const std::string& name) const {
  const auto found = users_.find(name);
  if (found == users_.end()) {
    for (const auto& [known, ids] : users_)
      if (ids.contains(name)) return name;
    throw Error(ErrorKind::kUsage, fmt::format("nobody here is called '{}'; /who tells who is here", printable(name)));
  }
  if (found->second.size() > 1)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} users are called '{}'; name one by id: {}", found->second.size(), printable(name),
                            join({found->second.begin(), found->second.end()}, ", ")));
  return *found->second.begin();
}

}  // namespace wsdeep::commands
