#include "commands/llm/health_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "commands/llm/health_text.h"
#include "llm/client/client.h"
#include "terminal/live_screen.h"

namespace wsdeep::commands {
namespace {

constexpr std::chrono::milliseconds kRedrawn{250};  // the window may have another size by then
constexpr const char* kWellColour = "32";
constexpr const char* kSickColour = "31";

/// A node's row, and since when it says so.
struct Row {
  std::string name;
  std::optional<llm::NodeView> view;
  std::string text;
  SteadyTime since{};
};

struct Look {
  std::size_t node = 0;
  llm::NodeView view;
};

/// What makes a line where there is no screen; numbers change all the time.
std::string state_of(const llm::NodeView& view) {
  return view.health ? fmt::format("{} {} {}", view.health->status, view.is_well(), view.health->node_id) : view.fault;
}

/// What the nodes' threads tell the one that shows it.
class Looks {
 public:
  void add(Look look) {
    const std::lock_guard lock(mutex_);
    looks_.push_back(std::move(look));
    changed_.notify_one();
  }

  /// The next one; nothing when none comes in time, or the watch ends.
  std::optional<Look> next(std::chrono::milliseconds patience, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, stop, patience, [&] { return !looks_.empty(); })) return std::nullopt;
    Look look = std::move(looks_.front());
    looks_.pop_front();
    return look;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Look> looks_;
};

class Display {
 public:
  Display(const std::vector<NamedNode>& nodes, bool json, Context& context)
      : json_(json), context_(context), screen_(context.console, LiveScreen::AtEnd::kStand) {
    for (const NamedNode& node : nodes) rows_.push_back({node.name, std::nullopt, "", context.clock.steady_now()});
  }

  void take(const Look& look) {
    Row& row = rows_[look.node];
    const std::string now = iso8601(context_.clock.now());
    if (json_) return context_.console.out(view_json(row.name, look.view, now) + "\n");
    const bool was_well = row.view && row.view->is_well();
    const std::string text = view_text(look.view);
    const bool is_new = !row.view || state_of(look.view) != state_of(*row.view);
    if (!row.view || was_well != look.view.is_well()) row.since = context_.clock.steady_now();
    row.view = look.view;
    row.text = text;
    if (is_new && !screen_.is_live())
      context_.console.out(fmt::format("{}  {}{}\n", now.substr(11, 8), label_of(row), text));
  }

  void draw() {
    if (json_) return;
    screen_.draw([this](const ScreenSize&) {
      std::vector<std::string> lines;
      for (const Row& row : rows_) lines.push_back(line_of(row));
      return lines;
    });
  }

 private:
  /// Nothing where there is one node alone.
  std::string label_of(const Row& row) const {
    if (rows_.size() == 1) return {};
    std::size_t width = 0;
    for (const Row& one : rows_) width = std::max(width, one.name.size());
    return fmt::format("{:<{}}  ", row.name, width);
  }

  std::string line_of(const Row& row) const {
    if (!row.view) return label_of(row) + "…";
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(context_.clock.steady_now() - row.since);
    const char* colour = row.view->is_well() ? kWellColour : kSickColour;
    return fmt::format("{}{}  {}", label_of(row), context_.console.style_err(colour, row.text), human_duration(age));
  }

  const bool json_;
  Context& context_;
  LiveScreen screen_;
  std::vector<Row> rows_;
};

}  // namespace

void watch_nodes(const std::vector<NamedNode>& nodes, std::chrono::milliseconds interval, bool json, Context& context,
                 const Interrupts& interrupts) {
  Looks looks;
  Display display(nodes, json, context);
  std::vector<std::unique_ptr<llm::Client>> clients;
  for (const NamedNode& node : nodes) clients.push_back(std::make_unique<llm::Client>(node.target));
  std::stop_source end;  // for a failure here too, such as a reader of stdout that has gone
  const std::stop_callback on_signal(interrupts.token(), [&] { end.request_stop(); });
  std::vector<std::jthread> threads;
  const std::shared_ptr<void> at_end(nullptr, [&](void*) { end.request_stop(); });
  for (std::size_t at = 0; at < nodes.size(); ++at)
    threads.emplace_back([&, at] {
      clients[at]->watch(interval, end.get_token(), [&, at](const llm::NodeView& view) { looks.add({at, view}); });
    });
  while (!interrupts.requested()) {
    display.draw();
    if (const auto look = looks.next(kRedrawn, end.get_token())) display.take(*look);
  }
}

}  // namespace wsdeep::commands
