// Circles are found by a depth-first walk that keeps its path: an edge to a node that is on the path closes a circle,
// and the circle is the path from that node on. The path is a vector, not the call stack, so that a template with a
// very long chain cannot overflow it. Each node is walked once, so each closing edge is told once:
//
//   circular dependency: NodeRole -> NodeGroup -> NodeTemplate -> NodeProfile -> NodeRole

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

using Edges = std::map<std::string, std::vector<Reference>>;

class CircleFinder {
 public:
  CircleFinder(ValidateContext& context, const Edges& edges, std::string_view what)
      : context_(context), edges_(edges), what_(what) {}

  void run() {
    for (const auto& [start, unused] : edges_)
      if (!done_.contains(start)) walk(start);
  }

 private:
  struct Step {
    std::string node;
    std::size_t next = 0;  ///< edge to follow
  };

  void walk(const std::string& start) {
    path_ = {{start}};
    while (!path_.empty()) {
      const auto edges = edges_.find(path_.back().node);
      if (edges == edges_.end() || path_.back().next == edges->second.size()) {
        done_.insert(path_.back().node);
        path_.pop_back();
        continue;
      }
      follow(edges->second[path_.back().next++]);
    }
  }

  void follow(const Reference& edge) {
    const auto closes =
        std::find_if(path_.begin(), path_.end(), [&](const Step& step) { return step.node == edge.name; });
    if (closes != path_.end())
      tell(closes, edge);
    else if (!done_.contains(edge.name))
      path_.push_back({edge.name});
  }

  void tell(std::vector<Step>::const_iterator from, const Reference& edge) {
    std::vector<std::string> names;
    for (auto step = from; step != path_.end(); ++step) names.push_back(step->node);
    names.push_back(edge.name);
    const std::string circle = join(names, " -> ");
    if (told_.insert(circle).second) context_.report(edge.at, fmt::format("circular {}: {}", what_, circle));
  }

  ValidateContext& context_;
  const Edges& edges_;
  std::string_view what_;
  std::vector<Step> path_;
  std::set<std::string> done_;
  std::set<std::string> told_;
};

}  // namespace

void check_circles(ValidateContext& context) {
  CircleFinder(context, context.resource_edges, "dependency").run();
  Edges conditions;
  for (const auto& [name, node] : context.conditions) {
    std::vector<Reference> references;
    collect_references(*node, context.source, true, references);
    std::erase_if(references, [](const Reference& reference) { return reference.kind != ReferenceKind::kCondition; });
    conditions[name] = std::move(references);
  }
  CircleFinder(context, conditions, "condition").run();
}

}  // namespace wsdeep::stack
