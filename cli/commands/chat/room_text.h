#pragma once

#include <map>
#include <set>
#include <string>

#include "session/room_machine.h"
#include "terminal/console.h"

namespace wsdeep::commands {

/// What happens in a room, as lines for a person.
class RoomText {
 public:
  explicit RoomText(const Console& console) : console_(console) {}

  /// Broken at blanks where the terminal is too narrow for it.
  std::string said(const session::RoomSaid& said) const;
  std::string presence(const wire::Presence& presence) const;
  /// A name in its user's colour.
  std::string name(const std::string& name, const std::string& user_id) const;

 private:
  const Console& console_;
};

/// The users that this client has heard of, by name.
class RoomNames {
 public:
  /// The model is no user.
  void learn(const std::string& name, const std::string& user_id) {
    if (!user_id.empty()) users_[name].insert(user_id);
  }
  /// The id of who is called so, or has this id. Throws Error{kUsage} for nobody, and for two of one name.
  std::string user(const std::string& name) const;

 private:
  std::map<std::string, std::set<std::string>, std::less<>> users_;
};

}  // namespace wsdeep::commands
